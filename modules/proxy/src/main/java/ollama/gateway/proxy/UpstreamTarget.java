package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.http.client.UpstreamOrigin;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.wire.ByteSink;
import ollama.gateway.http.wire.FieldBlock;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.HeadWriter;

/**
 * A server in the forms that requests need, made once for the life of the settings.
 *
 * @param origin where to connect to
 * @param basePath what goes before each path; empty or without a slash at its end
 * @param host the {@code Host} field
 * @param text the address for logs
 * @param name what the settings call it
 * @param headers what the settings have sent to it besides
 * @param replaced the names of these in lower case
 */
record UpstreamTarget(
    UpstreamOrigin origin,
    String basePath,
    FieldBlock host,
    String text,
    String name,
    List<FieldBlock> headers,
    List<String> replaced) {

  private static final FieldName HOST = FieldName.of("Host");

  static UpstreamTarget of(OllamaServer server, ServerTls tls) {
    UpstreamAddress address = server.url();
    List<FieldBlock> headers = new ArrayList<>();
    List<String> replaced = new ArrayList<>();
    for (Map.Entry<String, String> header : server.headers().entrySet()) {
      headers.add(FieldBlock.of(FieldName.of(header.getKey()), header.getValue()));
      replaced.add(header.getKey().toLowerCase(Locale.ROOT));
    }
    return new UpstreamTarget(
        new UpstreamOrigin(
            address.host(),
            address.port(),
            address.secured() ? Optional.of(tls.of(server)) : Optional.empty()),
        address.basePath(),
        FieldBlock.of(HOST, address.authority()),
        address.toString(),
        server.name(),
        List.copyOf(headers),
        List.copyOf(replaced));
  }

  void writeHeaders(ByteSink out) {
    for (int i = 0; i < headers.size(); i++) {
      HeadWriter.fields(out, headers.get(i));
    }
  }

  /** Whether a field of a client gives way to one of the settings. */
  boolean replaces(Fields fields, int field) {
    for (int i = 0; i < replaced.size(); i++) {
      if (fields.nameIs(field, replaced.get(i))) {
        return true;
      }
    }
    return false;
  }

  /** Whether the settings have a field of this name. */
  boolean replaces(FieldName name) {
    return replaced.contains(name.toString().toLowerCase(Locale.ROOT));
  }

  /** Without the headers, which may hold passwords. */
  @Override
  public String toString() {
    return text;
  }
}
