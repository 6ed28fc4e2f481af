package ollama.gateway.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the settings, one object of the file after the other. */
final class ConfigReader {
  private static final int SHOWN_LENGTH_MAX = 64;

  private final Values values;
  private final Problems problems;

  ConfigReader(Values values, Problems problems) {
    this.values = values;
    this.problems = problems;
  }

  Loaded read(Json.Obj root) throws ConfigException {
    Block file = Block.of(values, Section.FILE, "", root);
    List<UpstreamAddress> addresses = ollamaAddresses(file);
    LoadBalancerConfig loadBalancer = loadBalancer(file.block(Section.LOAD_BALANCER));
    ListenAddress gatewayAddress =
        file.text("gatewayAddress", ListenAddress.defaults(), ListenAddress::parse);
    boolean logging = file.flag("logging", false);
    String authHeaderName =
        file.text("authHeaderName", GatewayConfig.DEFAULT_AUTH_HEADER, HeaderName::check);
    List<ApiKey> apiKeys = new ApiKeyReader(values).read(file.list("apiKeys"));
    RateLimitConfig rateLimit = rateLimit(file.block(Section.RATE_LIMIT));
    SecurityConfig security = security(file.block(Section.SECURITY));
    MetricsConfig metrics = metrics(file.block(Section.METRICS));
    TimeoutsConfig timeouts = timeouts(file.block(Section.TIMEOUTS));
    LimitsConfig limits = limits(file.block(Section.LIMITS));
    problems.throwIfAny();
    GatewayConfig config =
        new GatewayConfig(
            addresses,
            loadBalancer,
            gatewayAddress,
            logging,
            authHeaderName,
            apiKeys,
            rateLimit,
            security,
            metrics,
            timeouts,
            limits);
    return new Loaded(config, problems.warnings());
  }

  private List<UpstreamAddress> ollamaAddresses(Block file) {
    String name = "ollamaAddresses";
    List<Json> items = file.list(name);
    boolean isList = file.value(name).map(v -> v instanceof Json.Arr).orElse(true);
    if (items.isEmpty() && isList) {
      file.missing(
          name,
          "expected at least one Ollama server: write \"ollamaAddresses\":"
              + " [\"http://localhost:11434\"]");
    }
    Set<UpstreamAddress> addresses = new LinkedHashSet<>();
    for (int i = 0; i < items.size(); i++) {
      Json item = items.get(i);
      String path = name + "[" + i + "]";
      Optional<UpstreamAddress> address = values.text(path, item, UpstreamAddress::parse);
      if (address.isPresent() && !addresses.add(address.get())) {
        problems.warning(path, item.start(), "this server is in the list already: remove it here");
      }
      if (address.isPresent() && address.get().endsInRoute()) {
        warnOfRoute(path, item);
      }
    }
    return List.copyOf(addresses);
  }

  private void warnOfRoute(String path, Json item) {
    problems.warning(
        path,
        item.start(),
        "an address ends before /api and /v1, which clients name themselves: requests would go to"
            + " such as /v1/v1/models, and its health check to /v1/; remove that part, unless"
            + " something on the way takes it away");
  }

  private LoadBalancerConfig loadBalancer(Block block) {
    LoadBalancerConfig defaults = LoadBalancerConfig.defaults();
    return new LoadBalancerConfig(
        block.whole(
            "healthCheckIntervalInSeconds",
            defaults.healthCheckIntervalInSeconds(),
            LoadBalancerConfig.INTERVAL_SECONDS),
        block.text(
            "healthCheckEndpoint", defaults.healthCheckEndpoint(), PathSyntax::checkPathAndQuery),
        block.whole(
            "healthCheckTimeoutInMilliseconds",
            defaults.healthCheckTimeoutInMilliseconds(),
            LoadBalancerConfig.TIMEOUT_MILLIS),
        block.whole(
            "checkAfterSilenceMillis",
            defaults.checkAfterSilenceMillis(),
            LoadBalancerConfig.SILENCE_MILLIS));
  }

  private RateLimitConfig rateLimit(Block block) {
    RateLimitConfig defaults = RateLimitConfig.defaults();
    Optional<Json> maxRequests = block.value("maxRequests");
    if (maxRequests.isPresent() && block.value("enabled").isEmpty()) {
      problems.warning(
          block.pathOf("enabled"),
          maxRequests.get().start(),
          "there is no rate limit until \"enabled\": true is written beside this");
    }
    boolean enabled = block.flag("enabled", defaults.enabled());
    return new RateLimitConfig(
        block.whole("maxRequests", defaults.maxRequests(), RateLimitConfig.requestsBounds(enabled)),
        block.whole(
            "timeWindowSeconds",
            defaults.timeWindowSeconds(),
            RateLimitConfig.secondsBounds(enabled)),
        enabled);
  }

  private SecurityConfig security(Block block) {
    SecurityConfig defaults = SecurityConfig.defaults();
    return new SecurityConfig(
        ranges(block, "allowIps"),
        ranges(block, "denyIps"),
        block.flag("keyInPath", defaults.keyInPath()),
        block.whole(
            "maxFailuresPerMinute", defaults.maxFailuresPerMinute(), SecurityConfig.MAX_FAILURES));
  }

  private List<AddressRange> ranges(Block block, String name) {
    List<AddressRange> ranges = new ArrayList<>();
    List<Json> items = block.list(name);
    for (int i = 0; i < items.size(); i++) {
      Json item = items.get(i);
      String path = block.pathOf(name) + "[" + i + "]";
      values.text(path, item, text -> range(text, item)).ifPresent(ranges::add);
    }
    return ranges;
  }

  /** Names the entry in the message as it stands in the file, without what a variable put in. */
  private static AddressRange range(String text, Json item) {
    try {
      return AddressRange.parse(text);
    } catch (IllegalArgumentException e) {
      String written = item instanceof Json.Text(_, _, String value) ? value : "";
      boolean shown = written.length() <= SHOWN_LENGTH_MAX && !written.matches(".*\\p{C}.*");
      throw new IllegalArgumentException(
          (shown ? "\"" + written + "\": " : "") + e.getMessage(), e);
    }
  }

  private static MetricsConfig metrics(Block block) {
    MetricsConfig defaults = MetricsConfig.defaults();
    return new MetricsConfig(
        block.flag("enabled", defaults.enabled()),
        block.text("endpoint", defaults.endpoint(), MetricsConfig::checkEndpoint),
        block.text("namespace", defaults.namespace(), MetricsConfig::checkNamespace));
  }

  private static TimeoutsConfig timeouts(Block block) {
    TimeoutsConfig defaults = TimeoutsConfig.defaults();
    Bounds seconds = TimeoutsConfig.SECONDS;
    return new TimeoutsConfig(
        block.whole("headSeconds", defaults.headSeconds(), seconds),
        block.whole("keepAliveSeconds", defaults.keepAliveSeconds(), seconds),
        block.whole("bodyIdleSeconds", defaults.bodyIdleSeconds(), seconds),
        block.whole("writeStallSeconds", defaults.writeStallSeconds(), seconds),
        block.whole("connectMillis", defaults.connectMillis(), TimeoutsConfig.MILLIS),
        block.whole("firstByteSeconds", defaults.firstByteSeconds(), seconds),
        block.whole("upstreamIdleSeconds", defaults.upstreamIdleSeconds(), seconds),
        block.whole("drainSeconds", defaults.drainSeconds(), seconds),
        block.whole("lingerSeconds", defaults.lingerSeconds(), TimeoutsConfig.LINGER_SECONDS),
        block.whole(
            "tcpKeepAliveSeconds",
            defaults.tcpKeepAliveSeconds(),
            TimeoutsConfig.TCP_KEEP_ALIVE_SECONDS));
  }

  private static LimitsConfig limits(Block block) {
    LimitsConfig defaults = LimitsConfig.defaults();
    return new LimitsConfig(
        block.whole("headBytes", defaults.headBytes(), LimitsConfig.HEAD_BYTES),
        block.whole("fields", defaults.fields(), LimitsConfig.FIELDS),
        block.whole("targetBytes", defaults.targetBytes(), LimitsConfig.TARGET_BYTES),
        block.wholeLong("bodyBytes", defaults.bodyBytes(), LimitsConfig.BODY_BYTES),
        block.wholeLong("blobBytes", defaults.blobBytes(), LimitsConfig.BODY_BYTES),
        block.whole("replayBytes", defaults.replayBytes(), LimitsConfig.REPLAY_BYTES),
        block.whole("connections", defaults.connections(), LimitsConfig.CONNECTIONS),
        block.whole(
            "connectionsPerAddress", defaults.connectionsPerAddress(), LimitsConfig.CONNECTIONS),
        block.whole("rateLimitedClients", defaults.rateLimitedClients(), LimitsConfig.CLIENTS),
        block.whole(
            "reservedConnections",
            defaults.reservedConnections(),
            LimitsConfig.RESERVED_CONNECTIONS),
        block.whole("loggedPathBytes", defaults.loggedPathBytes(), LimitsConfig.LOGGED_PATH_BYTES));
  }
}
