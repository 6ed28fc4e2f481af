package ollama.gateway.proxy;

import java.util.Optional;
import java.util.stream.IntStream;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.ListenAddress;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.FieldName;

/**
 * Leads a client that came without TLS to where it is spoken, with the method, the path and the
 * body that it has (308, RFC 9110 section 15.4.9).
 */
final class TlsRedirect {

  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final FieldName LOCATION = FieldName.of("Location");
  private static final Refusal NO_HOST =
      new Refusal(400, "This address only leads to https, and the request names no host");

  private TlsRedirect() {}

  /**
   * Whether a request is to be led there: not what comes from this machine where nobody else can,
   * nor what asks whether the gateway runs and may have no other address to ask, nor a preflight,
   * which no browser would go on with, nor what is about no path; and of proxies that are trusted
   * only what they say came without TLS, or it would be led there for ever.
   */
  static boolean isDue(Call call) {
    Exchange exchange = call.exchange();
    if (!call.settings().config().tls().redirect() || exchange.isSecured() || exchange.isLocal()) {
      return false;
    }
    Optional<Forwarded> forwarded = call.identity().forwarded();
    boolean mayBeTls = forwarded.isPresent() && !forwarded.get().isPlain();
    boolean isProbe =
        call.own().filter(own -> own == OwnEndpoint.LIVE || own == OwnEndpoint.READY).isPresent();
    boolean hasPath = call.head().target().startsWith("/");
    return !mayBeTls && !isProbe && hasPath && !call.isPreflight();
  }

  /** Leads it there. Its body isn't read, so the connection ends with that. */
  static void answer(Call call) throws PeerLeftException {
    Optional<String> host = call.host().filter(text -> !text.isEmpty());
    if (host.isEmpty()) {
      Answers.refuse(call, NO_HOST);
      return;
    }
    String location =
        "https://" + authority(host.get(), call.settings().config()) + call.head().target();
    call.exchange().response().closeAfter();
    Answers.withoutBody(call, 308, fields -> fields.field(LOCATION, location));
  }

  /**
   * Host and port.
   *
   * @param asked what the client asked for; a host alone is one at port 80
   */
  static String authority(String asked, GatewayConfig config) {
    int colon = asked.lastIndexOf(':');
    boolean hasPort = colon > asked.lastIndexOf(']');
    String host = hasPort ? asked.substring(0, colon) : asked;
    boolean asksPort80 = !hasPort || asked.endsWith(":" + HTTP_PORT);
    // Who listens elsewhere is reached there by what forwards port 80, which has 443 too.
    boolean isForwarded = asksPort80 && plainPorts(config).noneMatch(port -> port == HTTP_PORT);
    int port = isForwarded ? HTTPS_PORT : securedPort(config);
    return port == HTTPS_PORT ? host : host + ":" + port;
  }

  private static IntStream plainPorts(GatewayConfig config) {
    return config.gatewayAddress().stream()
        .filter(address -> !address.isSecured(config.tls()))
        .mapToInt(ListenAddress::port);
  }

  /** Of the first address with TLS. */
  private static int securedPort(GatewayConfig config) {
    return config.gatewayAddress().stream()
        .filter(address -> address.isSecured(config.tls()))
        .mapToInt(ListenAddress::port)
        // One that the system chooses isn't in the settings.
        .filter(port -> port != 0)
        .findFirst()
        .orElse(HTTPS_PORT);
  }
}
