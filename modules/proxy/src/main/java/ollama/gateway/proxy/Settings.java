package ollama.gateway.proxy;

import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import ollama.gateway.auth.AddressRules;
import ollama.gateway.auth.AddressSet;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.auth.Principal;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.HealthListener;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.RateLimitConfig;
import ollama.gateway.console.Logins;
import ollama.gateway.http.message.Fields.ValueReader;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.ConcurrencyLimiter;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.ratelimit.Limits;
import ollama.gateway.ratelimit.RateLimiter;
import ollama.gateway.shared.SharedCounts;
import ollama.gateway.usage.Ledger;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a reload replaces, as one immutable snapshot: a request uses the one it started
 * with to its end, but that it may wait for a server of a newer one.
 */
public final class Settings {

  private final GatewayConfig config;
  private final ServerTls tls;
  private final AddressRules addresses;
  private final AddressRules metricsAddresses;
  private final AddressSet trustedProxies;
  private final KeyRing keys;
  private final ValueReader<Optional<Principal>> keyReader;
  private final Counts counts;

  /** The same for all that come after the first; empty until the second is there. */
  private final AtomicReference<@Nullable Settings> newest;

  private final TraceRate traceRate;
  private final Balancer balancer;
  private final Aliases aliases;
  private final String keyField;
  private final Map<Upstream, UpstreamTarget> targets;
  private final Set<String> serverHosts;

  /**
   * The first ones of a gateway that is by itself.
   *
   * @param config what the file says
   * @param tls what TLS is spoken with, to servers that do
   * @param listener is told when a server goes down or comes back, also later
   * @param ledger what keys have used, and will, also under other settings
   */
  public static Settings of(
      GatewayConfig config, ServerTls tls, HealthListener listener, Ledger ledger) {
    return of(config, tls, listener, ledger, Optional.empty());
  }

  /**
   * The first ones.
   *
   * @param config what the file says
   * @param tls what TLS is spoken with, to servers that do
   * @param listener is told when a server goes down or comes back, also later
   * @param ledger what keys have used, and will, also under other settings
   * @param shared what several gateways count together; empty for one that is by itself
   */
  public static Settings of(
      GatewayConfig config,
      ServerTls tls,
      HealthListener listener,
      Ledger ledger,
      Optional<SharedCounts> shared) {
    return new Settings(
        config,
        tls,
        Counts.of(config, ledger, shared),
        new AtomicReference<>(),
        new Balancer(
            config.ollamaAddresses(),
            config.loadBalancer().policy(),
            config.queue(),
            listener,
            InstantSource.system()));
  }

  /**
   * Those of another file; what was counted and is known of servers goes on.
   *
   * @param next what that file says
   * @param nextTls what TLS is spoken with from then on
   */
  public Settings reconfigured(GatewayConfig next, ServerTls nextTls) {
    Counts nextCounts = counts.reconfigured(next);
    // Who waits may be sent to a new server as soon as the line knows it.
    Balancer _ =
        balancer.reconfigured(
            next.ollamaAddresses(),
            next.loadBalancer().policy(),
            next.queue(),
            later -> newest.set(new Settings(next, nextTls, nextCounts, newest, later)));
    Settings settings = newest();
    // A key that is let in again later lets in nobody who was logged in before.
    settings.logins().keepOnly(settings::mayBeLoggedIn);
    return settings;
  }

  private boolean mayBeLoggedIn(String keyId) {
    return keys.byId(keyId).filter(key -> key.admin() && !key.disabled()).isPresent();
  }

  private Settings(
      GatewayConfig config,
      ServerTls tls,
      Counts counts,
      AtomicReference<@Nullable Settings> newest,
      Balancer balancer) {
    this.config = config;
    this.tls = tls;
    this.addresses = new AddressRules(config.security().allowIps(), config.security().denyIps());
    this.metricsAddresses = new AddressRules(config.metrics().allowIps(), List.of());
    this.trustedProxies = new AddressSet(config.security().trustedProxies());
    this.keys = new KeyRing(config.apiKeys());
    this.keyReader = keys::authenticate;
    this.counts = counts;
    this.newest = newest;
    this.traceRate = new TraceRate(config.tracing().maxPerSecond());
    this.balancer = balancer;
    this.aliases = new Aliases(config.models());
    // Made here once, not for each request.
    keyField = config.authHeaderName().toLowerCase(Locale.ROOT);
    targets =
        balancer.servers().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Function.identity(), server -> UpstreamTarget.of(server.server(), tls)));
    serverHosts =
        balancer.servers().stream()
            .map(server -> server.address().host())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** What the file says. */
  public GatewayConfig config() {
    return config;
  }

  /** What TLS is spoken with, to servers that do. */
  public ServerTls tls() {
    return tls;
  }

  /** Who may come. */
  public AddressRules addresses() {
    return addresses;
  }

  /** Who may read the metrics, of those who may come. */
  AddressRules metricsAddresses() {
    return metricsAddresses;
  }

  /** Who is believed to say for whom it asks. */
  public AddressSet trustedProxies() {
    return trustedProxies;
  }

  /** Who may come in. */
  public KeyRing keys() {
    return keys;
  }

  /** Finds out whose key the value of a field is; made once, as each request needs it. */
  ValueReader<Optional<Principal>> keyReader() {
    return keyReader;
  }

  /** What each client may use. */
  public Limits<Subscriber> limits() {
    return counts.rates().byAddress();
  }

  /** What counts the requests of a key, wherever they come from; empty where addresses count. */
  Optional<RateLimiter<String>> limitsOf(String keyId) {
    Optional<RateLimiter<String>> own = counts.rates().own().of(keyId);
    return own.isEmpty() && config.rateLimit().by().equals(RateLimitConfig.KEY)
        ? Optional.of(counts.rates().byKey())
        : own;
  }

  /**
   * What the next request of a key would be told of its rate limit.
   *
   * @param keyId its digest
   * @return unlimited where none counts by key
   */
  public Decision rateLimitOf(String keyId) {
    return limitsOf(keyId).map(limits -> limits.peek(keyId)).orElse(Decision.unlimited());
  }

  /** How many requests of a key run, by its digest. */
  ConcurrencyLimiter<String> concurrency() {
    return counts.concurrency();
  }

  /** How often with a wrong key. */
  public RateLimiter<Subscriber> wrongKeys() {
    return counts.guesses().wrongKeys();
  }

  /** Who guesses keys, and who doesn't. */
  Guesses guesses() {
    return counts.guesses();
  }

  /** What keys have used. */
  Ledger ledger() {
    return counts.ledger();
  }

  /** What several gateways count together; empty for one that is by itself. */
  Optional<SharedCounts> shared() {
    return counts.shared();
  }

  /** How many traces may be made. */
  TraceRate traceRate() {
    return traceRate;
  }

  /** Who is logged in at the status page. */
  Logins logins() {
    return counts.logins();
  }

  /** Where to. */
  public Balancer balancer() {
    return balancer;
  }

  /** Whether it makes a difference which models servers have: to where a request may go. */
  public boolean heedsModels() {
    return balancer.heedsModels() || keys.anyLacksCloud();
  }

  /** What clients may ask for besides models. */
  Aliases aliases() {
    return aliases;
  }

  /** The name of the field that carries the key, in lower case. */
  String keyField() {
    return keyField;
  }

  /** Whether a server has this name or address, in lower case and without brackets. */
  boolean isServer(String host) {
    return serverHosts.contains(host);
  }

  /** Those in force: a request that has waited goes by them to servers that came meanwhile. */
  Settings newest() {
    Settings latest = newest.get();
    return latest == null ? this : latest;
  }

  /** How to reach a server of {@link #balancer}, or of a newer one. */
  UpstreamTarget target(Upstream server) {
    UpstreamTarget known = targets.get(server);
    return known == null ? UpstreamTarget.of(server.server(), newest().tls) : known;
  }
}
