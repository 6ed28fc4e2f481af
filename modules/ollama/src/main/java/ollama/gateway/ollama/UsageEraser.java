package ollama.gateway.ollama;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes the usage out of a stream of events again that was asked for by {@link StreamUsage}: an
 * event that has nothing else goes, and of any other the member. What is left is, byte for byte,
 * what would have come unasked.
 *
 * <p>An event is held until it is whole; one of more than {@value #HELD_BYTES_MAX} bytes, which has
 * more than a usage in it, goes on as it comes.
 */
public final class UsageEraser {

  /** How much of an event is held. */
  public static final int HELD_BYTES_MAX = 64 * 1024;

  private static final int FIRST_BYTES = 1024;
  private static final byte[] USAGE = "\"usage\"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);

  private ByteBuffer held = ByteBuffer.allocate(FIRST_BYTES);

  /** Up to where no event ends. */
  private int scanned;

  /** Whether the beginning of the event at hand is gone already. */
  private boolean passing;

  /** Takes what goes on. */
  @FunctionalInterface
  public interface Sink {
    /** To be taken now: the bytes are used for something else next. */
    void pass(byte[] bytes, int from, int count);
  }

  /** One that has seen nothing. */
  public UsageEraser() {}

  /**
   * Where the next bytes of the stream belong.
   *
   * @return has room for at least one; {@link #pass} is to be called once they are there
   */
  public ByteBuffer room() {
    if (!held.hasRemaining()) {
      held =
          ByteBuffer.wrap(Arrays.copyOf(held.array(), held.capacity() * 2)).position(held.limit());
    }
    return held;
  }

  /** Passes on all events that are whole. */
  public void pass(Sink sink) {
    byte[] bytes = held.array();
    int end = held.position();
    int event = 0;
    int kept = 0;
    for (int at = scanned; at < end; at++) {
      if (bytes[at] == '\n' && endsEvent(bytes, event, at)) {
        int next = at + 1;
        if (!passing && find(USAGE, bytes, event, next) >= 0) {
          pass(bytes, kept, event, sink);
          erase(bytes, event, next, sink);
          kept = next;
        }
        passing = false;
        event = next;
      }
    }
    if (passing || end - event >= HELD_BYTES_MAX) {
      // Its last bytes stay, to find its end by.
      passing = true;
      event = Math.max(event, end - 3);
    }
    pass(bytes, kept, event, sink);
    held.limit(end).position(event).compact();
    scanned = held.position();
  }

  /** The stream has ended: passes on what is left. */
  public void end(Sink sink) {
    int end = held.position();
    if (!passing && find(USAGE, held.array(), 0, end) >= 0) {
      erase(held.array(), 0, end, sink);
    } else {
      pass(held.array(), 0, end, sink);
    }
    held.clear();
    scanned = 0;
  }

  private static void pass(byte[] bytes, int from, int to, Sink sink) {
    if (to > from) {
      sink.pass(bytes, from, to - from);
    }
  }

  /** Whether this line's end is that of an empty line. */
  private static boolean endsEvent(byte[] bytes, int from, int at) {
    int before = at > from && bytes[at - 1] == '\r' ? at - 2 : at - 1;
    return before >= from && bytes[before] == '\n';
  }

  /** Passes an event on without its usage. */
  private static void erase(byte[] bytes, int from, int to, Sink sink) {
    int data = startsWith(DATA, bytes, from, to) ? from + DATA.length : to;
    JsonReader reader = new JsonReader(bytes, data, to, true);
    boolean isBare = false;
    int cutFrom = from;
    int cutTo = from;
    boolean isFirst = true;
    if (reader.next() == JsonReader.Token.BEGIN_OBJECT) {
      int before = reader.tokenEnd();
      while (reader.next() == JsonReader.Token.NAME) {
        int name = reader.tokenStart();
        boolean isUsage = reader.is("usage");
        if (reader.is("choices") && reader.next() == JsonReader.Token.BEGIN_ARRAY) {
          int items = reader.tokenEnd();
          JsonReader.Token _ = reader.skipValue();
          isBare = afterSpace(bytes, items, to) == reader.tokenStart();
        } else {
          JsonReader.Token _ = reader.skipValue();
        }
        if (isUsage) {
          cutFrom = isFirst ? name : before;
          cutTo = isFirst ? afterComma(bytes, reader.tokenEnd(), to) : reader.tokenEnd();
        }
        before = reader.tokenEnd();
        isFirst = false;
      }
    }
    boolean isWhole = reader.token() == JsonReader.Token.END_OBJECT;
    if (!isWhole || cutTo == from) {
      pass(bytes, from, to, sink);
    } else if (!isBare) {
      pass(bytes, from, cutFrom, sink);
      pass(bytes, cutTo, to, sink);
    }
  }

  private static int afterComma(byte[] bytes, int from, int to) {
    int at = afterSpace(bytes, from, to);
    return at < to && bytes[at] == ',' ? at + 1 : from;
  }

  private static int afterSpace(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] >= 0 && bytes[at] <= ' ') {
      at++;
    }
    return at;
  }

  private static boolean startsWith(byte[] expected, byte[] bytes, int from, int to) {
    return to - from >= expected.length
        && Arrays.equals(bytes, from, from + expected.length, expected, 0, expected.length);
  }

  private static int find(byte[] what, byte[] bytes, int from, int to) {
    for (int at = from; at <= to - what.length; at++) {
      if (bytes[at] == what[0] && startsWith(what, bytes, at, to)) {
        return at;
      }
    }
    return -1;
  }
}
