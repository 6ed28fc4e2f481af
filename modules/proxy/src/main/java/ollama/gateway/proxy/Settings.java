package ollama.gateway.proxy;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import ollama.gateway.auth.AddressRules;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.RateLimiter;

/**
 * Everything that a reload replaces, as one immutable snapshot: a request uses the one it started
 * with to its end.
 */
public final class Settings {

  private final GatewayConfig config;
  private final AddressRules addresses;
  private final KeyRing keys;
  private final RateLimiter<Subscriber> limiter;
  private final RateLimiter<Subscriber> wrongKeys;
  private final Balancer balancer;
  private final String keyField;
  private final Map<Upstream, UpstreamTarget> targets;
  private final Set<String> serverHosts;

  /**
   * A snapshot.
   *
   * @param config what the file says
   * @param addresses who may come
   * @param keys who may come in
   * @param limiter how often
   * @param wrongKeys how often with a wrong key
   * @param balancer where to
   */
  public Settings(
      GatewayConfig config,
      AddressRules addresses,
      KeyRing keys,
      RateLimiter<Subscriber> limiter,
      RateLimiter<Subscriber> wrongKeys,
      Balancer balancer) {
    this.config = config;
    this.addresses = addresses;
    this.keys = keys;
    this.limiter = limiter;
    this.wrongKeys = wrongKeys;
    this.balancer = balancer;
    // Made here once, not for each request.
    keyField = config.authHeaderName().toLowerCase(Locale.ROOT);
    targets =
        balancer.servers().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Function.identity(), server -> UpstreamTarget.of(server.address())));
    serverHosts =
        balancer.servers().stream()
            .map(server -> server.address().host())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** What the file says. */
  public GatewayConfig config() {
    return config;
  }

  /** Who may come. */
  public AddressRules addresses() {
    return addresses;
  }

  /** Who may come in. */
  public KeyRing keys() {
    return keys;
  }

  /** How often. */
  public RateLimiter<Subscriber> limiter() {
    return limiter;
  }

  /** How often with a wrong key. */
  public RateLimiter<Subscriber> wrongKeys() {
    return wrongKeys;
  }

  /** Where to. */
  public Balancer balancer() {
    return balancer;
  }

  /** The name of the field that carries the key, in lower case. */
  String keyField() {
    return keyField;
  }

  /** Whether a server has this name or address, in lower case and without brackets. */
  boolean isServer(String host) {
    return serverHosts.contains(host);
  }

  /** How to reach a server of {@link #balancer}. */
  UpstreamTarget target(Upstream server) {
    UpstreamTarget known = targets.get(server);
    if (known == null) {
      throw new IllegalArgumentException("a server of other settings: " + server);
    }
    return known;
  }
}
