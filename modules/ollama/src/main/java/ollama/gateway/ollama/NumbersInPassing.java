package ollama.gateway.ollama;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the numbers of an answer of {@code /api/generate} that comes whole, while it passes: they
 * stand behind the text, and before what may be of any length, such as the probabilities of all its
 * tokens. The first of their names counts, since nothing but texts and whole numbers comes before,
 * and in a text the quotes would have a backslash before them.
 */
public final class NumbersInPassing {

  private static final byte[] FIRST_NAME =
      "\"total_duration\":".getBytes(StandardCharsets.US_ASCII);

  /** Seven numbers of 19 digits, with their names. */
  private static final int BYTES_MAX = 384;

  private byte[] found = {};
  private int matched;
  private int length;
  private boolean escaped;
  private boolean complete;

  /** One that has seen nothing. */
  public NumbersInPassing() {}

  /** Looks at the answer's next bytes, {@code count} from {@code from} on. */
  public void passes(ByteBuffer in, int from, int count) {
    for (int i = from; i < from + count && !complete; i++) {
      if (length == 0) {
        match(in.get(i));
      } else {
        take(in.get(i));
      }
    }
  }

  /** What stood there; {@link FinalNumbers#NONE} as long as nothing did. */
  public FinalNumbers numbers() {
    if (length == 0) {
      return FinalNumbers.NONE;
    }
    byte[] object = Arrays.copyOf(found, length + 1);
    object[length] = '}';
    return FinalNumbers.of(Route.GENERATE, false, object, object.length);
  }

  private void match(byte b) {
    if (b == FIRST_NAME[matched] && !(matched == 0 && escaped)) {
      matched++;
    } else {
      matched = b == '"' && !escaped ? 1 : 0;
    }
    // A backslash that has one before it says nothing of what follows.
    escaped = b == '\\' && !escaped;
    if (matched == FIRST_NAME.length) {
      found = new byte[BYTES_MAX + 1];
      found[0] = '{';
      System.arraycopy(FIRST_NAME, 0, found, 1, FIRST_NAME.length);
      length = FIRST_NAME.length + 1;
    }
  }

  /** Up to the first thing that is no name with a whole number. */
  private void take(byte b) {
    boolean fits =
        (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '_' || b == '"' || b == ':';
    if ((fits || b == ',' || b == ' ') && length < BYTES_MAX) {
      found[length++] = b;
      return;
    }
    complete = true;
    if (b != '}') {
      // The last name has no number.
      while (length > 0 && found[length - 1] != ',') {
        length--;
      }
      length = Math.max(0, length - 1);
    }
  }
}
