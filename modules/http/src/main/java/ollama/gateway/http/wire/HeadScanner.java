package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import ollama.gateway.http.memory.MemoryBudget;

/**
 * Collects the bytes of one head until the empty line that ends it, and refuses what no head may
 * hold: bare CR or LF, control bytes, too much of anything.
 *
 * <pre>
 *   start line --CR LF--> field lines --CR LF CR LF--> complete
 * </pre>
 *
 * <p>It takes exactly the bytes of the head; those after it stay in the buffer. Each byte is judged
 * by those before it alone, so the outcome doesn't depend on how the head was split.
 */
final class HeadScanner {

  /** What a start line holds besides the target: method, two spaces, version. */
  private static final int START_LINE_SLACK = 64;

  /** The longest first word of a start line; the methods of all RFCs are shorter. */
  private static final int WORD_BYTES_MAX = 32;

  private static final int INITIAL_BYTES = 512;

  /** A usual head comes whole; of the body behind it, no more than this is copied in vain. */
  private static final int COPIED_AT_ONCE = 1024;

  /** What each scanner may hold whatever the others do. */
  private static final int KEPT_BYTES_MAX = 4096;

  private final Rule emptyStart;
  private final Rule longWord;
  private final Rule longStart;
  private final MemoryBudget large;
  private byte[] bytes = new byte[0];
  private int length;
  private int lineStart;
  private int lines;
  private boolean complete;

  /**
   * A scanner of heads that break these rules by an empty start line, by a first word of more than
   * 32 bytes, and by a start line that is too long.
   *
   * @param large what heads of more than 4 KiB take their memory from
   */
  HeadScanner(Rule emptyStart, Rule longWord, Rule longStart, MemoryBudget large) {
    this.emptyStart = emptyStart;
    this.longWord = longWord;
    this.longStart = longStart;
    this.large = large;
  }

  /** Forgets everything, for the next head or for good. */
  void reset() {
    if (bytes.length > KEPT_BYTES_MAX) {
      large.give(bytes.length);
      bytes = new byte[0];
    }
    length = 0;
    lineStart = 0;
    lines = 0;
    complete = false;
  }

  /** How many bytes of the head it has. */
  int length() {
    return length;
  }

  /** The head's bytes, up to its empty line once complete; what stands behind that is undefined. */
  byte[] bytes() {
    return bytes;
  }

  /**
   * Takes what it can use from {@code in}.
   *
   * @return whether the head is complete
   * @throws ProtocolException when a rule is broken
   */
  boolean scan(ByteBuffer in, HeadLimits limits) throws ProtocolException {
    while (!complete && in.hasRemaining()) {
      if (length == limits.headBytes()) {
        throw new ProtocolException(Rule.HEAD_TOO_LARGE);
      }
      int from = length;
      int count = Math.min(in.remaining(), COPIED_AT_ONCE);
      count = Math.min(count, limits.headBytes() - length);
      ensure(length + count, limits.headBytes());
      in.get(in.position(), bytes, from, count);
      scanTo(from + count, limits);
      in.position(in.position() + length - from);
    }
    return complete;
  }

  private void scanTo(int end, HeadLimits limits) throws ProtocolException {
    while (length < end && !complete) {
      boolean afterCr = length > 0 && bytes[length - 1] == '\r';
      int textEnd = textEnd(bytes, length, end);
      if (afterCr && (textEnd > length || bytes[length] != '\n')) {
        throw new ProtocolException(Rule.BARE_CR);
      }
      if (textEnd > length) {
        length = textEnd;
      } else {
        control(bytes[length], limits);
        length++;
      }
      if (lines == 0) {
        checkStartLine(limits);
      }
    }
  }

  private void checkStartLine(HeadLimits limits) throws ProtocolException {
    if (length > WORD_BYTES_MAX && wordEnd() > WORD_BYTES_MAX) {
      throw new ProtocolException(longWord);
    }
    if (length > limits.targetBytes() + START_LINE_SLACK) {
      throw new ProtocolException(longStart);
    }
  }

  /** Where the first word ends, looked for no further than it may reach. */
  private int wordEnd() {
    int i = 0;
    while (i <= WORD_BYTES_MAX && bytes[i] != ' ' && bytes[i] != '\r') {
      i++;
    }
    return i;
  }

  /** The index of the first control byte from {@code from} on; most of a head has none. */
  private static int textEnd(byte[] bytes, int from, int end) {
    int i = from;
    while (i < end && (bytes[i] & 0xff) >= ' ' && bytes[i] != 0x7f) {
      i++;
    }
    return i;
  }

  /** A byte that isn't text. */
  private void control(byte b, HeadLimits limits) throws ProtocolException {
    if (b == '\n') {
      endLine(limits);
    } else if (b != '\r' && b != '\t') {
      throw new ProtocolException(Rule.CONTROL_BYTE);
    }
  }

  private void endLine(HeadLimits limits) throws ProtocolException {
    if (length == 0 || bytes[length - 1] != '\r') {
      throw new ProtocolException(Rule.BARE_LF);
    }
    boolean empty = length - lineStart == 1;
    if (empty && lines == 0) {
      throw new ProtocolException(emptyStart);
    }
    complete = empty;
    lines++;
    if (!empty && lines - 1 > limits.fields()) {
      throw new ProtocolException(Rule.TOO_MANY_FIELDS);
    }
    lineStart = length + 1;
  }

  private void ensure(int needed, int max) throws ProtocolException {
    if (bytes.length < needed) {
      int power = Math.max(INITIAL_BYTES, Integer.highestOneBit(needed - 1) * 2);
      int size = Math.max(needed, Math.min(power, max));
      int held = bytes.length > KEPT_BYTES_MAX ? bytes.length : 0;
      if (size > KEPT_BYTES_MAX && !large.take(size - held)) {
        throw new ProtocolException(Rule.HEADS_TOO_LARGE);
      }
      bytes = Arrays.copyOf(bytes, size);
    }
  }
}
