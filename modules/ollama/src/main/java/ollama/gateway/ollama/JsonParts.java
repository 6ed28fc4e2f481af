package ollama.gateway.ollama;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Cuts a JSON object (RFC 8259) that comes in pieces into its members' names, their values, and
 * what stands between these. It is as strict as {@link JsonReader}, which reads what is here whole,
 * and keeps nothing of what passed but whether what is open is an object.
 */
final class JsonParts {

  /** What bytes are to the outermost object. */
  enum Part {
    /** They stand before it, or around names and values; its opening brace is one of them. */
    BETWEEN,
    /** A member's name, with its quotes. */
    NAME,
    /** A member's value. */
    VALUE,
    /** The closing brace. */
    CLOSE,
    /** What follows the object, which nobody reads. */
    BEHIND,
    /** This is no JSON object, whatever may follow. */
    BROKEN
  }

  /** What may come next, by the names that {@link JsonReader} has; and what is within a token. */
  private enum State {
    START,
    FIRST_NAME,
    NAME,
    COLON,
    FIRST_VALUE,
    VALUE,
    AFTER,
    DONE,
    BROKEN,
    STRING,
    ESCAPE,
    HEX,
    WORD,
    NUMBER
  }

  /** Behind which part of a number the next byte stands. */
  private enum Digits {
    MINUS,
    ZERO,
    WHOLE,
    POINT,
    FRACTION,
    EXPONENT,
    SIGN,
    POWER
  }

  private static final int HEX_DIGITS = 4;
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  /** A bit for each open object or array: set for an object. */
  private long[] objects = new long[1];

  private int depth;
  private State state = State.START;
  private boolean isName;
  private int hexLeft;
  private byte[] word = NULL;
  private int wordAt;
  private Digits digits = Digits.MINUS;

  /** What the next byte is part of, unless something begins with it. */
  private Part open = Part.BETWEEN;

  private Part part = Part.BETWEEN;
  private boolean isEnd;

  /**
   * Goes on by bytes that are one part, or a piece of one. There may be none of them, where a
   * number has ended with the bytes before.
   *
   * @param words as {@link JsonText#plainEnd}
   * @return the offset behind them
   */
  int next(byte[] in, ByteBuffer words, int from, int to) {
    part = open;
    isEnd = false;
    if (part == Part.BEHIND) {
      return to;
    }
    int at = from;
    while (at < to && !isEnd && state != State.BROKEN) {
      Part begun = part == Part.BETWEEN ? begun(in[at]) : part;
      if (begun != part) {
        if (at > from) {
          return at;
        }
        part = begun;
        open = begun;
      }
      at = step(in, words, at, to);
    }
    if (state == State.BROKEN) {
      part = Part.BROKEN;
    } else if (isEnd) {
      open = depth == 0 ? Part.BEHIND : Part.BETWEEN;
    }
    return at;
  }

  /** What the last bytes are. */
  Part part() {
    return part;
  }

  /** Whether the part ends with them. */
  boolean isEnd() {
    return isEnd;
  }

  /** Whether the object has ended. */
  boolean isWhole() {
    return state == State.DONE;
  }

  /** What begins with a byte that is no piece of a name or a value. */
  private Part begun(byte b) {
    if (depth == 0) {
      return Part.BETWEEN;
    }
    return switch (state) {
      case FIRST_NAME -> b == '"' ? Part.NAME : b == '}' ? Part.CLOSE : Part.BETWEEN;
      case NAME -> b == '"' ? Part.NAME : Part.BETWEEN;
      case VALUE -> isSpace(b) ? Part.BETWEEN : Part.VALUE;
      case AFTER -> b == '}' ? Part.CLOSE : Part.BETWEEN;
      default -> Part.BETWEEN;
    };
  }

  /** Passes a byte, or as many as there are of a string; returns what comes next. */
  private int step(byte[] in, ByteBuffer words, int at, int to) {
    byte b = in[at];
    switch (state) {
      case STRING -> {
        return string(in, words, at, to);
      }
      case ESCAPE -> escape(b);
      case HEX -> {
        hexLeft--;
        state = Character.digit(b, 16) < 0 ? State.BROKEN : hexLeft > 0 ? State.HEX : State.STRING;
      }
      case WORD -> letter(b);
      case NUMBER -> {
        return number(b) ? at + 1 : at;
      }
      default -> {
        if (!isSpace(b)) {
          structure(b);
        }
      }
    }
    return at + 1;
  }

  private int string(byte[] in, ByteBuffer words, int from, int to) {
    int at = JsonText.plainEnd(in, words, from, to);
    if (at == to) {
      return at;
    }
    switch (in[at]) {
      case '"' -> {
        if (isName) {
          state = State.COLON;
          isEnd = depth == 1;
        } else {
          valueEnded();
        }
      }
      case '\\' -> state = State.ESCAPE;
      default -> state = State.BROKEN;
    }
    return at + 1;
  }

  private void escape(byte b) {
    switch (b) {
      case 'u' -> {
        hexLeft = HEX_DIGITS;
        state = State.HEX;
      }
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> state = State.STRING;
      default -> state = State.BROKEN;
    }
  }

  private void letter(byte b) {
    if (b != word[wordAt++]) {
      state = State.BROKEN;
    } else if (wordAt == word.length) {
      valueEnded();
    }
  }

  /** Whether the byte is one of the number; if not, that has ended, or is none. */
  private boolean number(byte b) {
    boolean isDigit = b >= '0' && b <= '9';
    boolean isPoint = b == '.' && (digits == Digits.ZERO || digits == Digits.WHOLE);
    boolean canEnd =
        switch (digits) {
          case ZERO, WHOLE, FRACTION, POWER -> true;
          default -> false;
        };
    if (isDigit && digits != Digits.ZERO) {
      digits = behindDigit(b);
    } else if (isPoint) {
      digits = Digits.POINT;
    } else if ((b | 0x20) == 'e' && canEnd && digits != Digits.POWER) {
      digits = Digits.EXPONENT;
    } else if ((b == '+' || b == '-') && digits == Digits.EXPONENT) {
      digits = Digits.SIGN;
    } else {
      if (canEnd) {
        valueEnded();
      } else {
        state = State.BROKEN;
      }
      return false;
    }
    return true;
  }

  private Digits behindDigit(byte b) {
    return switch (digits) {
      case MINUS -> b == '0' ? Digits.ZERO : Digits.WHOLE;
      case POINT, FRACTION -> Digits.FRACTION;
      case EXPONENT, SIGN, POWER -> Digits.POWER;
      default -> digits;
    };
  }

  private void structure(byte b) {
    switch (state) {
      case START -> {
        if (b == '{') {
          open(true);
        } else {
          state = State.BROKEN;
        }
      }
      case FIRST_NAME, NAME -> {
        if (b == '"') {
          begin(true);
        } else if (state == State.FIRST_NAME) {
          close(b);
        } else {
          state = State.BROKEN;
        }
      }
      case COLON -> state = b == ':' ? State.VALUE : State.BROKEN;
      case FIRST_VALUE -> {
        if (b == ']') {
          close(b);
        } else {
          value(b);
        }
      }
      case VALUE -> value(b);
      default -> {
        if (b == ',') {
          state = isInObject() ? State.NAME : State.VALUE;
        } else {
          close(b);
        }
      }
    }
  }

  private void value(byte b) {
    switch (b) {
      case '{', '[' -> open(b == '{');
      case '"' -> begin(false);
      case 't' -> begin(TRUE);
      case 'f' -> begin(FALSE);
      case 'n' -> begin(NULL);
      case '-' -> begin(Digits.MINUS);
      case '0' -> begin(Digits.ZERO);
      case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> begin(Digits.WHOLE);
      default -> state = State.BROKEN;
    }
  }

  private void begin(boolean name) {
    isName = name;
    state = State.STRING;
  }

  private void begin(byte[] letters) {
    word = letters;
    wordAt = 1;
    state = State.WORD;
  }

  private void begin(Digits first) {
    digits = first;
    state = State.NUMBER;
  }

  private void valueEnded() {
    state = State.AFTER;
    isEnd = depth == 1;
  }

  private void open(boolean object) {
    if (depth == JsonReader.DEPTH_MAX) {
      state = State.BROKEN;
      return;
    }
    int at = depth >> 6;
    if (at == objects.length) {
      objects = Arrays.copyOf(objects, at * 2);
    }
    if (object) {
      objects[at] |= 1L << depth;
    } else {
      objects[at] &= ~(1L << depth);
    }
    depth++;
    state = object ? State.FIRST_NAME : State.FIRST_VALUE;
  }

  private void close(byte b) {
    if (b != (isInObject() ? '}' : ']')) {
      state = State.BROKEN;
      return;
    }
    depth--;
    if (depth == 0) {
      state = State.DONE;
      isEnd = true;
    } else {
      valueEnded();
    }
  }

  private boolean isInObject() {
    int last = depth - 1;
    return (objects[last >> 6] & (1L << last)) != 0;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }
}
