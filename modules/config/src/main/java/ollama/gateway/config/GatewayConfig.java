package ollama.gateway.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * All settings of the gateway, as read from {@code config.json}. A request uses those that it
 * started with, so a reload never changes a request in flight.
 *
 * <p>Everything but {@code ollamaAddresses} may be left out of the file or be {@code null} there,
 * and is then the default. In every text of the file {@code ${NAME}} stands for an environment
 * variable, as it was when the gateway was started (<code>$${</code> is a literal <code>${</code>).
 *
 * @param ollamaAddresses the Ollama servers, in the order in which they take turns, at least one;
 *     one that is there twice counts once; such as {@code http://localhost:11434}; required
 * @param loadBalancer how their health is checked
 * @param gatewayAddress where the gateway listens, such as {@code :8080}; or a list of up to 16
 *     such addresses; a reload can't change it; default {@code 0.0.0.0:8080}
 * @param tls the certificate with which the gateway speaks TLS to its clients; off unless one is
 *     named
 * @param io what the gateway asks the system with: {@code auto} is io_uring, which takes the least
 *     processor time, where the kernel has it (Linux 6.1 and later) and permits it, and NIO
 *     elsewhere; {@code nio} is NIO everywhere; a reload can't change it; default {@code auto}
 * @param logging whether each request and event is logged; warnings and errors always are; default
 *     false
 * @param accessLog a line for each request, for programs
 * @param watchConfig whether the gateway looks five times a second if the file has changed, and
 *     puts it in force as a reload does; without that a change waits for {@code SIGHUP} or {@code
 *     /config/reload}; default true
 * @param authHeaderName the name of the request header that carries the key, besides {@code
 *     Authorization}, {@code X-Api-Key} and {@code Api-Key}, such as {@code X-Gateway-Key}, a token
 *     of RFC 9110 section 5.6.2; names that frame or route a message, such as {@code Host} or
 *     {@code Content-Length}, are refused; default {@code Authorization}
 * @param apiKeys the accepted keys, each name once, such as {@code ${OLLAMA_GATEWAY_KEY}}; default
 *     none
 * @param stateDirectory the folder in which the gateway keeps what keys have used, such as {@code
 *     /var/lib/ollama-gateway}; it is made if it isn't there; a relative one is below that of the
 *     settings file; a reload can't change it; by default the one that the environment variable
 *     {@code STATE_DIRECTORY} names (as systemd sets it) or else the folder of the settings file
 * @param usage how much is kept of what keys have used
 * @param models names that clients may ask for besides, such as {@code gpt-4o: qwen3:32b}: each
 *     with a list of the models that stand behind it, of which the first is asked that a server can
 *     serve; a name may stand in its own list; at most 1000 names, and 16 models for each; default
 *     none
 * @param fallbackAfterSeconds how long a request for one of these names waits in the line for one
 *     model before the next one is asked that a server can serve; 0 (never for that) to 86400;
 *     default 30
 * @param queue the line in which requests wait for a server
 * @param heartbeat what clients get that wait for long; off unless it is switched on
 * @param rateLimit how many requests one client may make; off unless it is switched on
 * @param security who may connect, and whether a key may stand in the path
 * @param cors which pages of other sites may use the gateway from a browser; none unless some are
 *     named
 * @param metrics the Prometheus endpoint; off unless it is switched on
 * @param statusPage what administrators see at {@code /gateway/}
 * @param tracing which requests are traced, and where that is told; off unless a collector is named
 * @param shared what several gateways have in common; off unless a store is named
 * @param timeouts how long the gateway waits for what
 * @param limits how much the gateway takes of what
 */
public record GatewayConfig(
    List<OllamaServer> ollamaAddresses,
    LoadBalancerConfig loadBalancer,
    List<ListenAddress> gatewayAddress,
    TlsConfig tls,
    String io,
    boolean logging,
    AccessLogConfig accessLog,
    boolean watchConfig,
    String authHeaderName,
    List<ApiKey> apiKeys,
    String stateDirectory,
    UsageConfig usage,
    Map<String, List<String>> models,
    int fallbackAfterSeconds,
    QueueConfig queue,
    HeartbeatConfig heartbeat,
    RateLimitConfig rateLimit,
    SecurityConfig security,
    CorsConfig cors,
    MetricsConfig metrics,
    StatusPageConfig statusPage,
    TracingConfig tracing,
    SharedConfig shared,
    TimeoutsConfig timeouts,
    LimitsConfig limits) {

  static final Bounds FALLBACK_AFTER_SECONDS = new Bounds(0, 86_400, "never for that");

  private static final Pattern IO = Pattern.compile("auto|nio");

  /**
   * Copies the lists and checks what holds between the settings.
   *
   * @throws IllegalArgumentException if there is no address, one stands there twice, two servers or
   *     two keys have one name, {@code models} has a name that is none, twice, or with models that
   *     stand for others themselves, {@code stateDirectory} is no path, {@code io} isn't one of its
   *     two, or {@code authHeaderName} isn't a token or is a name that is refused
   */
  public GatewayConfig {
    ollamaAddresses = List.copyOf(ollamaAddresses);
    apiKeys = List.copyOf(apiKeys);
    gatewayAddress = List.copyOf(gatewayAddress);
    if (ollamaAddresses.isEmpty()) {
      throw new IllegalArgumentException("ollamaAddresses must have at least one address");
    }
    checkServers(ollamaAddresses);
    Set<String> names = new HashSet<>();
    for (ApiKey key : apiKeys) {
      if (!names.add(key.name())) {
        throw new IllegalArgumentException("two keys have the name " + key.name());
      }
    }
    models = ModelAliases.checked(models);
    FALLBACK_AFTER_SECONDS.check("fallbackAfterSeconds", fallbackAfterSeconds);
    HeaderName.check(authHeaderName);
    checkFolder(stateDirectory);
    checkIo(io);
  }

  /**
   * What a file has that names nothing but its servers.
   *
   * @param ollamaAddresses the Ollama servers, at least one
   * @return these servers and the defaults of everything else
   * @throws IllegalArgumentException if there is no address, or one stands there twice
   */
  public static GatewayConfig defaults(List<OllamaServer> ollamaAddresses) {
    return new GatewayConfigDraft(ollamaAddresses).build();
  }

  /** Where the gateway listens, in words: what the file has, with commas between. */
  public String listensOn() {
    return gatewayAddress.stream().map(ListenAddress::toString).collect(Collectors.joining(", "));
  }

  private static void checkServers(List<OllamaServer> servers) {
    Set<UpstreamAddress> addresses = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (OllamaServer server : servers) {
      if (!addresses.add(server.url())) {
        throw new IllegalArgumentException("ollamaAddresses has an address twice");
      }
      if (!names.add(server.name())) {
        throw new IllegalArgumentException("two servers have the name " + server.name());
      }
    }
  }

  static String checkIo(String io) {
    if (!IO.matcher(io).matches()) {
      throw new IllegalArgumentException("expected \"auto\" or \"nio\"");
    }
    return io;
  }

  static String checkFolder(String folder) {
    try {
      return Path.of(folder).toString();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("expected the path of a folder: " + e.getReason(), e);
    }
  }

  /** A copy, parts of which can be replaced. */
  public GatewayConfigDraft draft() {
    return new GatewayConfigDraft(this);
  }
}
