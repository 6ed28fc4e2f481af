package ollama.gateway.config;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All settings of the gateway, as read from {@code config.json}. Immutable; a request uses the one
 * that it started with, so a reload never changes a request in flight.
 *
 * <p>Everything but {@code ollamaAddresses} may be left out of the file or be {@code null} there,
 * and is then the default. In every text of the file {@code ${NAME}} stands for an environment
 * variable (<code>$${</code> is a literal <code>${</code>).
 *
 * @param ollamaAddresses the Ollama servers, in the order in which they take turns; at least one,
 *     none twice; required
 * @param loadBalancer how their health is checked
 * @param gatewayAddress where the gateway listens; default {@code 0.0.0.0:8080}. A reload can't
 *     change it
 * @param logging whether requests are logged; default false
 * @param authHeaderName the name of the request header that carries the key, a token of RFC 9110
 *     section 5.6.2; default {@code Authorization}. Names that frame or route a message, such as
 *     {@code Host} or {@code Content-Length}, are refused
 * @param apiKeys the accepted keys, each name once; default none
 * @param rateLimit how many requests one client may make; default off
 * @param security who may connect, and whether a key may stand in the path
 * @param metrics the Prometheus endpoint; default off
 * @param timeouts how long the gateway waits for what
 * @param limits how much the gateway takes of what
 */
public record GatewayConfig(
    List<UpstreamAddress> ollamaAddresses,
    LoadBalancerConfig loadBalancer,
    ListenAddress gatewayAddress,
    boolean logging,
    String authHeaderName,
    List<ApiKey> apiKeys,
    RateLimitConfig rateLimit,
    SecurityConfig security,
    MetricsConfig metrics,
    TimeoutsConfig timeouts,
    LimitsConfig limits) {

  static final String DEFAULT_AUTH_HEADER = "Authorization";

  /**
   * Copies the lists and checks what holds between the settings.
   *
   * @throws IllegalArgumentException if there is no address, one stands there twice, two keys have
   *     one name, or {@code authHeaderName} isn't a token or is a name that is refused
   */
  public GatewayConfig {
    ollamaAddresses = List.copyOf(ollamaAddresses);
    apiKeys = List.copyOf(apiKeys);
    if (ollamaAddresses.isEmpty()) {
      throw new IllegalArgumentException("ollamaAddresses must have at least one address");
    }
    if (Set.copyOf(ollamaAddresses).size() < ollamaAddresses.size()) {
      throw new IllegalArgumentException("ollamaAddresses has an address twice");
    }
    Set<String> names = new HashSet<>();
    for (ApiKey key : apiKeys) {
      if (!names.add(key.name())) {
        throw new IllegalArgumentException("two keys have the name " + key.name());
      }
    }
    HeaderName.check(authHeaderName);
  }

  /**
   * What a file has that names nothing but its servers.
   *
   * @param ollamaAddresses the Ollama servers, at least one
   * @return these servers and the defaults of everything else
   * @throws IllegalArgumentException if there is no address, or one stands there twice
   */
  public static GatewayConfig defaults(List<UpstreamAddress> ollamaAddresses) {
    return new GatewayConfig(
        ollamaAddresses,
        LoadBalancerConfig.defaults(),
        ListenAddress.defaults(),
        false,
        DEFAULT_AUTH_HEADER,
        List.of(),
        RateLimitConfig.defaults(),
        SecurityConfig.defaults(),
        MetricsConfig.defaults(),
        TimeoutsConfig.defaults(),
        LimitsConfig.defaults());
  }
}
