package ollama.gateway.http.server;

import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import ollama.gateway.http.tls.TlsPeer;
import ollama.gateway.http.tls.TlsServer;

/** What a client has shown of itself when hands were shaken, and to whom. */
final class TlsSession {

  private final TlsServer server;
  private final List<String> names;
  private final Instant goodUntil;

  private TlsSession(TlsServer server, List<String> names, Instant goodUntil) {
    this.server = server;
    this.names = names;
    this.goodUntil = goodUntil;
  }

  /**
   * That of a handshake which is over.
   *
   * @throws SSLException if the client's certificate is out of its time
   */
  static TlsSession of(TlsServer server, SSLEngine engine) throws SSLException {
    TlsPeer.checkAge(engine);
    return new TlsSession(server, TlsPeer.names(engine), TlsPeer.goodUntil(engine));
  }

  /** What the client's certificate is called; none where none was asked for. */
  List<String> names() {
    return names;
  }

  /**
   * Whether the client would have to show something else by now: others vouch for clients, or what
   * it has shown isn't good any more.
   *
   * @param now what new connections speak with
   */
  boolean isOutdated(TlsServer now) {
    return !server.trustsAs(now) || Instant.now().isAfter(goodUntil);
  }
}
