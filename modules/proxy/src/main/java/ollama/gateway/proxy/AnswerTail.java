package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import ollama.gateway.http.wire.PayloadObserver;
import ollama.gateway.ollama.FinalNumbers;
import ollama.gateway.ollama.Route;

/**
 * The last bytes of an answer, in which Ollama says what it took. Of a stream that is its last
 * line: what came before a line's end is forgotten with the next byte.
 */
final class AnswerTail implements PayloadObserver {

  /** The numbers stand at the end of the last object and take less than half of this. */
  private static final int BYTES_MAX = 1_024;

  private static final int FIRST_BYTES = 256;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int length;

  @Override
  public void passes(ByteBuffer in, int from, int count) {
    if (length > 0 && bytes[length - 1] == '\n') {
      length = 0;
    }
    int added = Math.min(count, BYTES_MAX);
    makeRoom(added);
    in.get(from + count - added, bytes, length, added);
    length += added;
  }

  /** Room for so many more, by growing, or by forgetting the first ones. */
  private void makeRoom(int added) {
    if (length + added <= bytes.length) {
      return;
    }
    byte[] larger = bytes.length == BYTES_MAX ? bytes : new byte[BYTES_MAX];
    int kept = Math.min(length, BYTES_MAX - added);
    System.arraycopy(bytes, length - kept, larger, 0, kept);
    bytes = larger;
    length = kept;
  }

  /** What the server said at the end of an answer to such a request. */
  FinalNumbers numbers(Route route, boolean isStreamed) {
    return FinalNumbers.of(route, isStreamed, bytes, length);
  }
}
