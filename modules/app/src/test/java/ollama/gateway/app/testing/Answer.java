package ollama.gateway.app.testing;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An answer as a client sees it.
 *
 * @param head its head
 * @param body its body without the framing, as far as it came, one character for each byte
 * @param chunks the data of its chunks likewise, if it came in chunks
 * @param end how it ended
 */
public record Answer(Head head, String body, List<String> chunks, End end) {

  /** How an answer ends. */
  public enum End {
    /** As its framing says. */
    COMPLETE,
    /** With the connection, as it has no framing. */
    CLOSED,
    /** The connection ended before the answer did. */
    CUT,
    /** The connection was reset. */
    RESET
  }

  /** The status. */
  public int status() {
    return head.status();
  }

  /** The body as text. */
  public String text() {
    return new String(Bytes.of(body), StandardCharsets.UTF_8);
  }

  /** The value of a field, or nothing. */
  public String field(String name) {
    return head.field(name);
  }

  @Override
  public String toString() {
    return head.text() + text() + "<" + end + ">";
  }
}
