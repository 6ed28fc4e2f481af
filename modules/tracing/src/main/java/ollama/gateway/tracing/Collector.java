package ollama.gateway.tracing;

import java.net.URI;
import java.util.Map;

/**
 * Who takes spans.
 *
 * @param url where they are posted to
 * @param headers what is sent along
 * @param queue how many requests' spans wait for it at most
 */
public record Collector(URI url, Map<String, String> headers, int queue) {

  /** Copies the headers. */
  public Collector {
    headers = Map.copyOf(headers);
  }

  /** Without the headers, which may hold passwords. */
  @Override
  public String toString() {
    return url.toString();
  }
}
