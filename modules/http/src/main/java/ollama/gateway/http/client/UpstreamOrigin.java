package ollama.gateway.http.client;

import org.jspecify.annotations.Nullable;

/**
 * A server to connect to.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 */
public record UpstreamOrigin(String host, int port) {

  // What the JVM would derive these from is made anew in each process, and takes it 20 ms.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof UpstreamOrigin origin
        && origin.port == port
        && origin.host.equals(host);
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
