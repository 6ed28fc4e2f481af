package ollama.gateway.config;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The Prometheus endpoint. In this block of the file an empty text stands for the default as well,
 * because older files have it for settings that nobody made.
 *
 * @param enabled whether there are metrics; default false
 * @param endpoint the path they are read at: starts with {@code /}, has no {@code //} in it, and is
 *     neither {@code /} nor below {@code /gateway/}, {@code /config/}, {@code /k/}, {@code /api/}
 *     or {@code /v1/}; default {@code /metrics}
 * @param namespace what the name of every metric starts with: a letter or {@code _} and then
 *     letters, digits and {@code _}, at most 64 characters; a reload can't change it; default
 *     {@code gateway}
 * @param requireKey whether reading them takes a key, any that is accepted; default false
 * @param allowIps the only addresses and ranges that may read them, such as {@code 10.0.0.0/8}, of
 *     those that may connect; an empty list allows all; default none
 */
public record MetricsConfig(
    boolean enabled,
    String endpoint,
    String namespace,
    boolean requireKey,
    List<AddressRange> allowIps) {

  private static final Pattern NAMESPACE = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]{0,63}");
  private static final Pattern TAKEN =
      Pattern.compile("(?i)/|/(?:gateway|config|k|api|v1)(?:/.*)?");

  /**
   * Checks both texts.
   *
   * @throws IllegalArgumentException if the endpoint isn't a path, or one of the gateway's or
   *     Ollama's own, or the namespace isn't a name
   */
  public MetricsConfig {
    checkEndpoint(endpoint);
    checkNamespace(namespace);
    allowIps = List.copyOf(allowIps);
  }

  static String checkEndpoint(String endpoint) {
    PathSyntax.checkPath(endpoint);
    if (TAKEN.matcher(endpoint).matches()) {
      throw new IllegalArgumentException(
          "/, /gateway/, /config/, /k/, /api/ and /v1/ have a meaning of their own: write another"
              + " path, such as /metrics");
    }
    if (endpoint.contains("//")) {
      throw new IllegalArgumentException(
          "several slashes of a request are one, so this path is never asked for: write one");
    }
    return endpoint;
  }

  static String checkNamespace(String namespace) {
    if (!NAMESPACE.matcher(namespace).matches()) {
      throw new IllegalArgumentException(
          "a namespace has 1 to 64 letters, digits and underscores and doesn't start with a digit,"
              + " such as gateway");
    }
    return namespace;
  }

  /**
   * What holds when the file says nothing.
   *
   * @return {@code /metrics} and {@code gateway}, switched off
   */
  public static MetricsConfig defaults() {
    return new MetricsConfig(false, "/metrics", "gateway", false, List.of());
  }

  /**
   * The same with other names.
   *
   * @param other what the name of every metric starts with
   * @return the settings
   * @throws IllegalArgumentException if it isn't a name
   */
  public MetricsConfig withNamespace(String other) {
    return new MetricsConfig(enabled, endpoint, other, requireKey, allowIps);
  }

  /** What stands in the file, or the default of what doesn't. */
  static MetricsConfig read(Block block) {
    MetricsConfig defaults = defaults();
    return new MetricsConfig(
        block.flag("enabled", defaults.enabled()),
        block.text("endpoint", defaults.endpoint(), MetricsConfig::checkEndpoint),
        block.text("namespace", defaults.namespace(), MetricsConfig::checkNamespace),
        block.flag("requireKey", defaults.requireKey()),
        AddressRangeReader.read(block, "allowIps"));
  }
}
