package ollama.gateway.http.tls;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who the gateway is for an authority that looks whether a host leads here, by a handshake alone
 * (tls-alpn-01, RFC 8737). From any thread.
 */
public final class TlsChallenges {

  /** What such a handshake is for; no request follows. */
  static final String PROTOCOL = "acme-tls/1";

  private final Map<String, TlsIdentity> open = new ConcurrentHashMap<>();

  /** None is open yet. */
  public TlsChallenges() {}

  /**
   * Answers handshakes for a host from now on.
   *
   * @param identity a certificate that holds what the authority asks for
   */
  public void open(String host, TlsIdentity identity) {
    open.put(host.toLowerCase(Locale.ROOT), identity);
  }

  /** Doesn't any more. */
  public void close(String host) {
    open.remove(host.toLowerCase(Locale.ROOT));
  }

  boolean isNone() {
    return open.isEmpty();
  }

  Optional<TlsIdentity> of(String host) {
    return Optional.ofNullable(open.get(host.toLowerCase(Locale.ROOT)));
  }
}
