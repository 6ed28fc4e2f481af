package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import ollama.gateway.http.wire.PayloadObserver;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.FinalNumbers;
import ollama.gateway.ollama.NumbersInPassing;
import ollama.gateway.ollama.Route;
import org.jspecify.annotations.Nullable;

/**
 * The last bytes of an answer, in which Ollama says what it took, and how many pieces it had. Of a
 * native stream that is its last line: what came before a line's end is forgotten with the next
 * byte. Of a stream of events the numbers stand in one of the last.
 */
final class AnswerTail implements PayloadObserver {

  /** Of events the numbers stand at the end of the last object and take less than half of this. */
  private static final int EVENTS_BYTES_MAX = 1_024;

  /**
   * A last line may have the probabilities of twenty tokens, and behind the numbers an answer that
   * came whole may have what the client sent along.
   */
  private static final int BYTES_MAX = 8_192;

  private static final int FIRST_BYTES = 256;

  private static final long LINE_ENDS = 0x0a0a_0a0a_0a0a_0a0aL;
  private static final long LOW_BITS = 0x7f7f_7f7f_7f7f_7f7fL;

  private final Route route;
  private final boolean isOfLines;
  private final int bytesMax;
  private byte[] bytes = new byte[FIRST_BYTES];
  private int length;
  private int lines;
  private boolean isSeen;

  /** Of an answer behind whose numbers more may follow than is kept. */
  private final @Nullable NumbersInPassing passing;

  private boolean isCut;

  /**
   * The tail of an answer of which nothing has come.
   *
   * @param route of its request
   * @param isStreamed whether that is to be answered in pieces
   */
  AnswerTail(Route route, boolean isStreamed) {
    this.route = route;
    isOfLines = route.errors() == ErrorShape.NATIVE;
    bytesMax = isStreamed && !isOfLines ? EVENTS_BYTES_MAX : BYTES_MAX;
    passing = isStreamed || route != Route.GENERATE ? null : new NumbersInPassing();
  }

  @Override
  public void passes(ByteBuffer in, int from, int count) {
    isSeen = true;
    if (passing != null) {
      passing.passes(in, from, count);
    }
    lines += lines(in, from, from + count);
    if (isOfLines && length > 0 && bytes[length - 1] == '\n') {
      length = 0;
    }
    int added = Math.min(count, bytesMax);
    isCut |= length + count > bytesMax;
    makeRoom(added);
    in.get(from + count - added, bytes, length, added);
    length += added;
  }

  /** How many lines end there: eight bytes at a time, as it is done for each token. */
  private static int lines(ByteBuffer in, int from, int to) {
    int count = 0;
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long others = in.getLong(at) ^ LINE_ENDS;
      // The highest bit of each byte that is 0.
      long ends = ~(((others & LOW_BITS) + LOW_BITS) | others | LOW_BITS);
      count += Long.bitCount(ends);
    }
    for (; at < to; at++) {
      count += in.get(at) == '\n' ? 1 : 0;
    }
    return count;
  }

  /** Room for so many more, by growing, or by forgetting the first ones. */
  private void makeRoom(int added) {
    if (length + added <= bytes.length) {
      return;
    }
    int grown = Math.min(bytesMax, Math.max(length + added, bytes.length * 2));
    byte[] larger = bytes.length == bytesMax ? bytes : new byte[grown];
    int kept = Math.min(length, larger.length - added);
    System.arraycopy(bytes, length - kept, larger, 0, kept);
    bytes = larger;
    length = kept;
  }

  /** Whether any of it has come. */
  boolean isSeen() {
    return isSeen;
  }

  /**
   * About how many tokens of a stream have come: Ollama sends one in a line of JSON or in an event.
   */
  int pieces() {
    if (isOfLines) {
      return lines;
    }
    // An event is its data and an empty line; these two routes name each, and some come first.
    return switch (route) {
      case V1_MESSAGES -> Math.max(0, lines / 3 - 2);
      case V1_RESPONSES -> Math.max(0, lines / 3 - 4);
      default -> lines / 2;
    };
  }

  /**
   * What the server said at the end.
   *
   * @param isStreamed whether it is a stream
   */
  FinalNumbers numbers(boolean isStreamed) {
    return isCut && passing != null
        ? passing.numbers()
        : FinalNumbers.of(route, isStreamed, bytes, length);
  }
}
