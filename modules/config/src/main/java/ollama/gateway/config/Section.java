package ollama.gateway.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The objects of the file and the names that each one has, as they are spelled. */
enum Section {
  FILE(
      "",
      "ollamaAddresses",
      "loadBalancer",
      "gatewayAddress",
      "tls",
      "io",
      "logging",
      "accessLog",
      "watchConfig",
      "authHeaderName",
      "apiKeys",
      "stateDirectory",
      "usage",
      "models",
      "fallbackAfterSeconds",
      "queue",
      "heartbeat",
      "rateLimit",
      "security",
      "cors",
      "metrics",
      "statusPage",
      "tracing",
      "shared",
      "timeouts",
      "limits"),
  LOAD_BALANCER(
      "loadBalancer",
      "policy",
      "modelsIntervalInSeconds",
      "healthCheckIntervalInSeconds",
      "healthCheckEndpoint",
      "healthCheckTimeoutInMilliseconds",
      "checkAfterSilenceMillis"),
  TLS("tls", "certificate", "privateKey", "redirect", "clientCertificateAuthority", "acme"),
  ACME("acme", "hosts", "agreeToTerms", "email", "directory", "challenge", "folder", "ca"),
  ACCESS_LOG("accessLog", "format", "file", "maxBytes"),
  USAGE("usage", "keepDays", "maxRows"),
  QUEUE("queue", "maxWaiting", "maxWaitSeconds"),
  HEARTBEAT("heartbeat", "afterSeconds"),
  RATE_LIMIT("rateLimit", "maxRequests", "timeWindowSeconds", "enabled", "by"),
  SECURITY(
      "security",
      "allowIps",
      "denyIps",
      "keyInPath",
      "maxFailuresPerMinute",
      "trustedProxies",
      "proxyProtocol"),
  CORS("cors", "allowedOrigins", "allowedMethods", "allowedHeaders", "maxAgeSeconds"),
  METRICS("metrics", "enabled", "endpoint", "namespace", "requireKey", "allowIps"),
  STATUS_PAGE("statusPage", "enabled", "sessionMinutes", "viewers"),
  TRACING("tracing", "endpoint", "ca", "samplePercent", "maxPerSecond", "headers", "queue"),
  SHARED(
      "shared",
      "url",
      "tls",
      "ca",
      "clientCertificate",
      "clientKey",
      "password",
      "prefix",
      "timeoutMillis",
      "onFailure"),
  TIMEOUTS(
      "timeouts",
      "headSeconds",
      "keepAliveSeconds",
      "bodyIdleSeconds",
      "writeStallSeconds",
      "connectMillis",
      "firstByteSeconds",
      "upstreamIdleSeconds",
      "drainSeconds",
      "lingerSeconds",
      "tcpKeepAliveSeconds"),
  LIMITS(
      "limits",
      "headBytes",
      "fields",
      "targetBytes",
      "bodyBytes",
      "blobBytes",
      "replayBytes",
      "questionBytes",
      "connections",
      "connectionsPerAddress",
      "rateLimitedClients",
      "reservedConnections",
      "loggedPathBytes"),
  OLLAMA_SERVER(
      "ollamaAddresses",
      "url",
      "name",
      "parallel",
      "maxLoadedModels",
      "weight",
      "headers",
      "models",
      "ca",
      "clientCertificate",
      "clientKey"),
  API_KEY(
      "apiKeys",
      "name",
      "sha256",
      "certificate",
      "admin",
      "disabled",
      "expires",
      "models",
      "endpoints",
      "priority",
      "maxConcurrentRequests",
      "rateLimit",
      "tokens",
      "options",
      "allowIps"),
  KEY_RATE_LIMIT("rateLimit", "maxRequests", "timeWindowSeconds"),
  KEY_TOKENS("tokens", "perMinute", "perDay", "perMonth"),
  KEY_OPTIONS("options", KeyOptionsReader.names()),
  OPTION_RULE("", KeyOptionsReader.MIN, KeyOptionsReader.MAX, KeyOptionsReader.DEFAULT);

  private final String path;

  @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable, its type doesn't say so
  private final List<String> names;

  Section(String path, String... names) {
    this.path = path;
    this.names = List.of(names);
  }

  /** Where the object stands; empty for the file itself. */
  String path() {
    return path;
  }

  List<String> names() {
    return names;
  }

  /**
   * Whether 0 and an empty text stand for the default: older files have them for what was unset.
   */
  boolean isEmptyDefault() {
    return this == LOAD_BALANCER || this == METRICS;
  }

  /** The position of a name among those here, in whatever case it is written; below 0 if none. */
  int position(String name) {
    int exact = names.indexOf(name);
    for (int i = 0; exact < 0 && i < names.size(); i++) {
      if (names.get(i).equalsIgnoreCase(name)) {
        return i;
      }
    }
    return exact;
  }

  /** What to do about a name that this object doesn't have. */
  String hint(String unknown) {
    List<String> elsewhere =
        others().filter(s -> s.position(unknown) >= 0).map(Section::title).toList();
    if (!elsewhere.isEmpty()) {
      return "it belongs into " + String.join(" or ", elsewhere) + ": move it there";
    }
    Optional<String> near = nearest(unknown);
    if (near.isPresent()) {
      return "did you mean \"" + near.get() + "\"?";
    }
    return others()
        .flatMap(s -> s.nearest(unknown).map(n -> "\"" + n + "\" in " + s.title()).stream())
        .findFirst()
        .map(n -> "did you mean " + n + "?")
        .orElse("correct or remove it; " + title() + " has " + String.join(", ", names));
  }

  private Stream<Section> others() {
    return Stream.of(values()).filter(s -> s != this && !s.isOfEntry());
  }

  /** Whether it stands in the entry of a list, of which there may be any number. */
  private boolean isOfEntry() {
    return switch (this) {
      case OLLAMA_SERVER, API_KEY, KEY_RATE_LIMIT, KEY_TOKENS, KEY_OPTIONS, OPTION_RULE -> true;
      default -> false;
    };
  }

  private String title() {
    return switch (this) {
      case FILE -> "the top level";
      case OLLAMA_SERVER -> "an entry of ollamaAddresses";
      case API_KEY -> "an entry of apiKeys";
      case KEY_RATE_LIMIT, KEY_TOKENS, KEY_OPTIONS -> "\"" + path + "\" of a key";
      case OPTION_RULE -> "the object of an option";
      case ACME -> "\"acme\" of \"tls\"";
      default -> "\"" + path + "\"";
    };
  }

  private Optional<String> nearest(String unknown) {
    return Spelling.nearest(unknown.toLowerCase(Locale.ROOT), names);
  }
}
