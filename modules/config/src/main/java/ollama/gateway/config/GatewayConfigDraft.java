package ollama.gateway.config;

import java.util.List;
import java.util.Map;

/**
 * Settings in the making: the defaults, or those of a {@link GatewayConfig}, of which each may be
 * replaced. Nothing is checked before {@link #build}. For one thread.
 */
public final class GatewayConfigDraft {

  static final String DEFAULT_AUTH_HEADER = "Authorization";
  static final String DEFAULT_IO = "auto";
  static final int DEFAULT_FALLBACK_AFTER_SECONDS = 30;

  private List<OllamaServer> ollamaAddresses;
  private LoadBalancerConfig loadBalancer = LoadBalancerConfig.defaults();
  private List<ListenAddress> gatewayAddress = List.of(ListenAddress.defaults());
  private TlsConfig tls = TlsConfig.defaults();
  private String io = DEFAULT_IO;
  private boolean logging;
  private AccessLogConfig accessLog = AccessLogConfig.defaults();
  private boolean watchConfig = true;
  private String authHeaderName = DEFAULT_AUTH_HEADER;
  private List<ApiKey> apiKeys = List.of();
  private String stateDirectory = "";
  private UsageConfig usage = UsageConfig.defaults();
  private Map<String, List<String>> models = Map.of();
  private int fallbackAfterSeconds = DEFAULT_FALLBACK_AFTER_SECONDS;
  private QueueConfig queue = QueueConfig.defaults();
  private HeartbeatConfig heartbeat = HeartbeatConfig.defaults();
  private RateLimitConfig rateLimit = RateLimitConfig.defaults();
  private SecurityConfig security = SecurityConfig.defaults();
  private CorsConfig cors = CorsConfig.defaults();
  private MetricsConfig metrics = MetricsConfig.defaults();
  private StatusPageConfig statusPage = StatusPageConfig.defaults();
  private TracingConfig tracing = TracingConfig.defaults();
  private SharedConfig shared = SharedConfig.defaults();
  private TimeoutsConfig timeouts = TimeoutsConfig.defaults();
  private LimitsConfig limits = LimitsConfig.defaults();

  /** Servers, and the default of everything else. */
  GatewayConfigDraft(List<OllamaServer> ollamaAddresses) {
    this.ollamaAddresses = ollamaAddresses;
  }

  /** All of some settings. */
  GatewayConfigDraft(GatewayConfig config) {
    ollamaAddresses = config.ollamaAddresses();
    loadBalancer = config.loadBalancer();
    gatewayAddress = config.gatewayAddress();
    tls = config.tls();
    io = config.io();
    logging = config.logging();
    accessLog = config.accessLog();
    watchConfig = config.watchConfig();
    authHeaderName = config.authHeaderName();
    apiKeys = config.apiKeys();
    stateDirectory = config.stateDirectory();
    usage = config.usage();
    models = config.models();
    fallbackAfterSeconds = config.fallbackAfterSeconds();
    queue = config.queue();
    heartbeat = config.heartbeat();
    rateLimit = config.rateLimit();
    security = config.security();
    cors = config.cors();
    metrics = config.metrics();
    statusPage = config.statusPage();
    tracing = config.tracing();
    shared = config.shared();
    timeouts = config.timeouts();
    limits = config.limits();
  }

  /** The Ollama servers, at least one, each once. */
  public GatewayConfigDraft ollamaAddresses(List<OllamaServer> value) {
    ollamaAddresses = value;
    return this;
  }

  /** How their health is checked. */
  public GatewayConfigDraft loadBalancer(LoadBalancerConfig value) {
    loadBalancer = value;
    return this;
  }

  /** Where the gateway listens. */
  public GatewayConfigDraft gatewayAddress(List<ListenAddress> value) {
    gatewayAddress = value;
    return this;
  }

  /** With which certificate TLS is spoken there. */
  public GatewayConfigDraft tls(TlsConfig value) {
    tls = value;
    return this;
  }

  /** What the system is asked with. */
  public GatewayConfigDraft io(String value) {
    io = value;
    return this;
  }

  /** Whether each request is logged. */
  public GatewayConfigDraft logging(boolean value) {
    logging = value;
    return this;
  }

  /** A line for each request, for programs. */
  public GatewayConfigDraft accessLog(AccessLogConfig value) {
    accessLog = value;
    return this;
  }

  /** Whether a changed file is put in force by itself. */
  public GatewayConfigDraft watchConfig(boolean value) {
    watchConfig = value;
    return this;
  }

  /** The header field that carries the key. */
  public GatewayConfigDraft authHeaderName(String value) {
    authHeaderName = value;
    return this;
  }

  /** The accepted keys, each name once. */
  public GatewayConfigDraft apiKeys(List<ApiKey> value) {
    apiKeys = value;
    return this;
  }

  /** The folder of what is kept; empty for that of the settings file. */
  public GatewayConfigDraft stateDirectory(String value) {
    stateDirectory = value;
    return this;
  }

  /** How much is kept of what keys have used. */
  public GatewayConfigDraft usage(UsageConfig value) {
    usage = value;
    return this;
  }

  /** Names that stand for models, each with these. */
  public GatewayConfigDraft models(Map<String, List<String>> value) {
    models = value;
    return this;
  }

  /** How long a request waits for one of them. */
  public GatewayConfigDraft fallbackAfterSeconds(int value) {
    fallbackAfterSeconds = value;
    return this;
  }

  /** The line in which requests wait for a server. */
  public GatewayConfigDraft queue(QueueConfig value) {
    queue = value;
    return this;
  }

  /** What clients get that wait for long. */
  public GatewayConfigDraft heartbeat(HeartbeatConfig value) {
    heartbeat = value;
    return this;
  }

  /** How many requests one client may make. */
  public GatewayConfigDraft rateLimit(RateLimitConfig value) {
    rateLimit = value;
    return this;
  }

  /** Who may connect. */
  public GatewayConfigDraft security(SecurityConfig value) {
    security = value;
    return this;
  }

  /** Which pages may use the gateway from a browser. */
  public GatewayConfigDraft cors(CorsConfig value) {
    cors = value;
    return this;
  }

  /** The Prometheus endpoint. */
  public GatewayConfigDraft metrics(MetricsConfig value) {
    metrics = value;
    return this;
  }

  /** What administrators see at {@code /gateway/}. */
  public GatewayConfigDraft statusPage(StatusPageConfig value) {
    statusPage = value;
    return this;
  }

  /** Which requests are traced. */
  public GatewayConfigDraft tracing(TracingConfig value) {
    tracing = value;
    return this;
  }

  /** What several gateways have in common. */
  public GatewayConfigDraft shared(SharedConfig value) {
    shared = value;
    return this;
  }

  /** How long the gateway waits for what. */
  public GatewayConfigDraft timeouts(TimeoutsConfig value) {
    timeouts = value;
    return this;
  }

  /** How much it takes of what. */
  public GatewayConfigDraft limits(LimitsConfig value) {
    limits = value;
    return this;
  }

  /**
   * The settings.
   *
   * @throws IllegalArgumentException as {@link GatewayConfig#GatewayConfig}
   */
  public GatewayConfig build() {
    return new GatewayConfig(
        ollamaAddresses,
        loadBalancer,
        gatewayAddress,
        tls,
        io,
        logging,
        accessLog,
        watchConfig,
        authHeaderName,
        apiKeys,
        stateDirectory,
        usage,
        models,
        fallbackAfterSeconds,
        queue,
        heartbeat,
        rateLimit,
        security,
        cors,
        metrics,
        statusPage,
        tracing,
        shared,
        timeouts,
        limits);
  }
}
