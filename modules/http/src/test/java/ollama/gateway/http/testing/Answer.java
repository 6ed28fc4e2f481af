package ollama.gateway.http.testing;

import java.util.List;
import java.util.Locale;

/**
 * An answer as a client saw it.
 *
 * @param status the status, three digits
 * @param head status line and field lines but for {@code Date}, each ended by LF as in a text block
 * @param body the payload
 */
public record Answer(int status, String head, String body) {

  /** The values of a field, in their order. */
  public List<String> values(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ": ";
    return head.lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .toList();
  }

  /** Whether it says that the connection ends with it. */
  public boolean saysClose() {
    return values("Connection").contains("close");
  }
}
