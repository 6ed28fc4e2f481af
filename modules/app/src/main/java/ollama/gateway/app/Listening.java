package ollama.gateway.app;

import java.net.InetSocketAddress;
import ollama.gateway.config.ListenAddress;
import ollama.gateway.config.TlsConfig;

/**
 * One of the addresses where the gateway listens.
 *
 * @param asked what the settings say
 * @param bound where it is: with the port that was chosen if that was 0
 */
record Listening(ListenAddress asked, InetSocketAddress bound) {

  /** What the settings ask for, with the chosen port; every interface as {@code 0.0.0.0}. */
  String text() {
    String host = asked.host().isEmpty() ? "0.0.0.0" : asked.host();
    return new ListenAddress(asked.scheme(), host, bound.getPort()).toString();
  }

  /**
   * A URL by which a program on this machine reaches it.
   *
   * @param tls what the settings say of TLS
   */
  String url(TlsConfig tls) {
    String scheme = asked.isSecured(tls) ? "https" : "http";
    return new ListenAddress(scheme, reachable(asked.host()), bound.getPort()).toString();
  }

  /** Whether it is for others too, whatever address of this machine they use. */
  boolean isEverywhere() {
    return !reachable(asked.host()).equals(asked.host());
  }

  /**
   * A host by which this machine reaches itself.
   *
   * @param host where it listens
   */
  static String reachable(String host) {
    return switch (host) {
      case "", "0.0.0.0" -> "127.0.0.1";
      case "::" -> "::1";
      default -> host;
    };
  }
}
