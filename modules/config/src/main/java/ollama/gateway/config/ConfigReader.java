package ollama.gateway.config;

/** Reads the settings, one object of the file after the other. */
final class ConfigReader {
  private final Values values;
  private final Problems problems;
  private final ApiKeyReader keys;

  /**
   * Prepares.
   *
   * @param keys reads those of the file
   */
  ConfigReader(Values values, Problems problems, ApiKeyReader keys) {
    this.values = values;
    this.problems = problems;
    this.keys = keys;
  }

  Loaded read(Json.Obj root) throws ConfigException {
    Block file = Block.of(values, Section.FILE, "", root);
    Block tlsBlock = file.block(Section.TLS);
    TlsConfig tls = TlsConfig.read(tlsBlock);
    GatewayConfigDraft draft =
        new GatewayConfigDraft(new OllamaServerReader(values).read(file))
            .loadBalancer(LoadBalancerConfig.read(file.block(Section.LOAD_BALANCER)))
            .gatewayAddress(ListenAddress.read(file, tlsBlock, tls))
            .tls(tls)
            .io(file.text("io", GatewayConfigDraft.DEFAULT_IO, GatewayConfig::checkIo))
            .logging(file.flag("logging", false))
            .accessLog(AccessLogConfig.read(file.block(Section.ACCESS_LOG)))
            .watchConfig(file.flag("watchConfig", true))
            .authHeaderName(
                file.text(
                    "authHeaderName", GatewayConfigDraft.DEFAULT_AUTH_HEADER, HeaderName::check))
            .apiKeys(keys.read(file.list("apiKeys")))
            .stateDirectory(file.text("stateDirectory", "", GatewayConfig::checkFolder))
            .usage(UsageConfig.read(file.block(Section.USAGE)))
            .models(new ModelAliasReader(values).read(file))
            .fallbackAfterSeconds(
                file.whole(
                    "fallbackAfterSeconds",
                    GatewayConfigDraft.DEFAULT_FALLBACK_AFTER_SECONDS,
                    GatewayConfig.FALLBACK_AFTER_SECONDS))
            .queue(QueueConfig.read(file.block(Section.QUEUE)))
            .heartbeat(HeartbeatConfig.read(file.block(Section.HEARTBEAT)))
            .rateLimit(RateLimitConfig.read(file.block(Section.RATE_LIMIT)))
            .security(SecurityConfig.read(file.block(Section.SECURITY)))
            .cors(CorsConfig.read(file.block(Section.CORS)))
            .metrics(MetricsConfig.read(file.block(Section.METRICS)))
            .statusPage(StatusPageConfig.read(file.block(Section.STATUS_PAGE)))
            .tracing(TracingConfig.read(file.block(Section.TRACING)))
            .shared(SharedConfig.read(file.block(Section.SHARED)))
            .timeouts(TimeoutsConfig.read(file.block(Section.TIMEOUTS)))
            .limits(LimitsConfig.read(file.block(Section.LIMITS)));
    problems.throwIfAny();
    GatewayConfig config = draft.build();
    TlsDoubts.tell(file, tlsBlock, config);
    return new Loaded(config, problems.warnings());
  }
}
