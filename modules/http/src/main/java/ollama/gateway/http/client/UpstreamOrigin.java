package ollama.gateway.http.client;

import java.util.Optional;
import ollama.gateway.http.tls.TlsClient;
import org.jspecify.annotations.Nullable;

/**
 * A server to connect to.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 * @param tls what TLS is spoken with; empty where it isn't
 */
public record UpstreamOrigin(String host, int port, Optional<TlsClient> tls) {

  /** One to which no TLS is spoken. */
  public UpstreamOrigin(String host, int port) {
    this(host, port, Optional.empty());
  }

  // What the JVM would derive these from is made anew in each process, and takes it 20 ms.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof UpstreamOrigin origin
        && origin.port == port
        && origin.host.equals(host)
        && origin.tls.equals(tls);
  }

  @Override
  public int hashCode() {
    return host.hashCode() * 31 + port;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
