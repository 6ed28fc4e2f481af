package ollama.gateway.proxy;

import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.http.client.UpstreamOrigin;
import ollama.gateway.http.wire.FieldBlock;
import ollama.gateway.http.wire.FieldName;

/**
 * A server's address in the forms that requests need, made once for the life of the settings.
 *
 * @param origin where to connect to
 * @param basePath what goes before each path; empty or without a slash at its end
 * @param host the {@code Host} field
 * @param text the address for logs
 */
record UpstreamTarget(UpstreamOrigin origin, String basePath, FieldBlock host, String text) {

  private static final FieldName HOST = FieldName.of("Host");

  static UpstreamTarget of(UpstreamAddress address) {
    return new UpstreamTarget(
        new UpstreamOrigin(address.host(), address.port()),
        address.basePath(),
        FieldBlock.of(HOST, address.authority()),
        address.toString());
  }
}
