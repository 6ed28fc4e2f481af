package ollama.gateway.http.client;

/**
 * A server to connect to.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 */
public record UpstreamOrigin(String host, int port) {

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
