package ollama.gateway.http.server;

import ollama.gateway.http.wire.HeadLimits;

/**
 * Bounds of the server's side. 0 means none, but for the head's.
 *
 * @param head bounds of request heads
 * @param headMillis for a whole head, from its first byte (on a new connection: from the accept)
 * @param keepAliveMillis idle time between requests
 * @param bodyIdleMillis without a byte of a request body that is waited for
 * @param writeStallMillis without a byte taken by the client
 * @param lingerMillis reading and dropping what a client still sends behind its last answer, or of
 *     a body that nobody wanted, in all; at least 1
 * @param connections open connections; beyond it, the one idle longest is closed
 * @param connectionsPerAddress of one client address that is no trusted proxy's; beyond it, 503 and
 *     close
 * @param reservedConnections beyond {@code connections}, or what descriptors allow, while none is
 *     idle: for one request each, of which the handler answers those that it must ({@link
 *     Exchange#reserved})
 * @param tcpKeepAliveSeconds silence after which the system asks whether a client is still there;
 *     of connections that are accepted from now on
 * @param proxies in front of this server
 * @param openToPages whether every page of another site may read this server's last answers, of
 *     which the handler knows nothing (Fetch standard, section 3.2.3)
 */
public record ServerOptions(
    HeadLimits head,
    long headMillis,
    long keepAliveMillis,
    long bodyIdleMillis,
    long writeStallMillis,
    long lingerMillis,
    int connections,
    int connectionsPerAddress,
    int reservedConnections,
    int tcpKeepAliveSeconds,
    TrustedProxies proxies,
    boolean openToPages) {

  /**
   * 10 s, 75 s, 60 s, 60 s, 30 s; 10,000 connections, 1,000 of one address, 16 more; keep-alive
   * after 60 s; no proxies, no pages.
   */
  public static ServerOptions defaults() {
    return new ServerOptions(
        HeadLimits.DEFAULT,
        10_000,
        75_000,
        60_000,
        60_000,
        30_000,
        10_000,
        1_000,
        16,
        60,
        TrustedProxies.NONE,
        false);
  }

  /** How long is lingered: never longer than a body may stop coming. */
  long lingerWithinMillis() {
    return bodyIdleMillis == 0 ? lingerMillis : Math.min(lingerMillis, bodyIdleMillis);
  }
}
