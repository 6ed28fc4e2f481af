package ollama.gateway.ollama;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads JSON (RFC 8259) token by token from bytes which may be only the beginning of a document. It
 * doesn't judge what it hasn't reached, copies nothing until asked to, and uses no stack for depth.
 *
 * <p>It is strict but for one thing: bytes in a string that aren't UTF-8 are taken, as Go's {@code
 * encoding/json} takes them, and read as U+FFFD. Were they refused, what is decided here of a body
 * could be made to differ from what Ollama does with it.
 *
 * <pre>
 * VALUE ─▶ scalar ─────────────▶ AFTER ─▶ , ─▶ VALUE or NAME
 *   │                              ▲ └───▶ ] } ─▶ AFTER, or DONE behind the outermost value
 *   ├──▶ [ ─▶ FIRST_VALUE ─▶ … ────┤
 *   └──▶ { ─▶ FIRST_NAME ─▶ COLON ─┘     anywhere: TRUNCATED, BROKEN, which stay
 * </pre>
 */
final class JsonReader {
  /** How many objects and arrays may stand in each other: what Go takes. */
  static final int DEPTH_MAX = 10_000;

  /** What stands next in a document, or why nothing does. */
  enum Token {
    BEGIN_OBJECT,
    END_OBJECT,
    BEGIN_ARRAY,
    END_ARRAY,
    /** A member's name; its value is what is read next. */
    NAME,
    STRING,
    NUMBER,
    TRUE,
    FALSE,
    NULL,
    /** The document is whole, and nothing but white space follows. */
    END,
    /** The bytes end before the document does; until here it was JSON. */
    TRUNCATED,
    /** This is no JSON, whatever may follow. */
    BROKEN
  }

  private enum State {
    VALUE,
    FIRST_VALUE,
    NAME,
    FIRST_NAME,
    COLON,
    AFTER,
    DONE
  }

  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  private final byte[] bytes;
  private final ByteBuffer words;
  private final int end;
  private final boolean whole;

  /** A bit for each open object or array: set for an object. */
  private long[] objects = new long[1];

  private int depth;
  private State state = State.VALUE;
  private Token token = Token.NULL;

  /** The offset of what is read next. */
  private int at;

  private int tokenStart;
  private int tokenEnd;
  private boolean escaped;

  /**
   * A reader at a document's first byte.
   *
   * @param from the first byte
   * @param to behind the last byte
   * @param whole whether nothing follows these bytes, so that a number may end with them
   */
  JsonReader(byte[] bytes, int from, int to, boolean whole) {
    this.bytes = bytes;
    words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    at = from;
    end = to;
    this.whole = whole;
  }

  /** A reader of an object's members, of which the first begins here. */
  static JsonReader inObject(byte[] bytes, int from, int to) {
    JsonReader reader = new JsonReader(bytes, from, to, true);
    reader.objects[0] = 1;
    reader.depth = 1;
    reader.state = State.FIRST_NAME;
    return reader;
  }

  /**
   * Reads on. {@link Token#END}, {@link Token#TRUNCATED} and {@link Token#BROKEN} are given again
   * and again.
   */
  Token next() {
    if (!isStopped()) {
      token = read();
    }
    return token;
  }

  /**
   * Skips a value: behind a {@link Token#NAME} the one that follows, else the one of which the
   * first token was just read.
   *
   * @return its last token, or {@link Token#TRUNCATED} or {@link Token#BROKEN}
   */
  Token skipValue() {
    if (token == Token.NAME) {
      next();
    }
    if (token == Token.BEGIN_OBJECT || token == Token.BEGIN_ARRAY) {
      int outside = depth - 1;
      while (depth > outside && !isStopped()) {
        next();
      }
    }
    return token;
  }

  /** What was read last. */
  Token token() {
    return token;
  }

  /** Whether reading on gives nothing else. */
  boolean isStopped() {
    return token.compareTo(Token.END) >= 0;
  }

  /** How many objects and arrays are open. */
  int depth() {
    return depth;
  }

  /** Where the reader stands: behind the last token, or where the document broke. */
  int offset() {
    return at;
  }

  /** The offset of the last token's first byte: of a string's or a name's quote. */
  int tokenStart() {
    return tokenStart;
  }

  /** The offset behind the last token. */
  int tokenEnd() {
    return tokenEnd;
  }

  /** The last string or name, decoded. What isn't UTF-8 and lone surrogates become U+FFFD. */
  String text() {
    return JsonText.decoded(bytes, tokenStart + 1, tokenEnd - 1, escaped);
  }

  /** Whether the last string or name is empty. */
  boolean isEmptyText() {
    return tokenEnd - tokenStart == 2;
  }

  /** Whether the last string or name is exactly this text of ASCII characters. */
  boolean is(String ascii) {
    return JsonText.equals(bytes, tokenStart + 1, tokenEnd - 1, escaped, ascii);
  }

  /**
   * Whether Go takes the last name for this one when it fills a structure: in any case of letters,
   * among them the two beyond ASCII, {@code ſ} and the Kelvin sign.
   *
   * @param lower lower-case letters, digits and underscores
   */
  boolean isLike(String lower) {
    return JsonText.equalsFolded(bytes, tokenStart + 1, tokenEnd - 1, escaped, lower);
  }

  /** The last number; a fraction is cut off, and what is beyond a long becomes its bound. */
  long integer() {
    return JsonNumber.integer(bytes, tokenStart, tokenEnd);
  }

  /** The last number. */
  double number() {
    return JsonNumber.decimal(bytes, tokenStart, tokenEnd);
  }

  private Token read() {
    skipSpace();
    if (at == end) {
      return state == State.DONE ? Token.END : Token.TRUNCATED;
    }
    if (state == State.AFTER) {
      if (bytes[at] != ',') {
        return close();
      }
      state = isInObject() ? State.NAME : State.VALUE;
      at++;
    } else if (state == State.COLON) {
      if (bytes[at] != ':') {
        return Token.BROKEN;
      }
      state = State.VALUE;
      at++;
    }
    skipSpace();
    if (at == end) {
      return Token.TRUNCATED;
    }
    return switch (state) {
      case FIRST_VALUE -> bytes[at] == ']' ? close() : value();
      case VALUE -> value();
      case FIRST_NAME -> bytes[at] == '}' ? close() : name();
      case NAME -> name();
      default -> Token.BROKEN;
    };
  }

  private Token name() {
    if (bytes[at] != '"') {
      return Token.BROKEN;
    }
    Token read = string(Token.NAME);
    state = State.COLON;
    return read;
  }

  private Token value() {
    tokenStart = at;
    byte first = bytes[at];
    if (first == '{' || first == '[') {
      return open(first == '{');
    }
    state = depth == 0 ? State.DONE : State.AFTER;
    return switch (first) {
      case '"' -> string(Token.STRING);
      case 't' -> word(TRUE, Token.TRUE);
      case 'f' -> word(FALSE, Token.FALSE);
      case 'n' -> word(NULL, Token.NULL);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> digits();
      default -> Token.BROKEN;
    };
  }

  private Token open(boolean object) {
    if (depth == DEPTH_MAX) {
      return Token.BROKEN;
    }
    int word = depth >> 6;
    if (word == objects.length) {
      objects = Arrays.copyOf(objects, word * 2);
    }
    if (object) {
      objects[word] |= 1L << depth;
    } else {
      objects[word] &= ~(1L << depth);
    }
    depth++;
    tokenEnd = ++at;
    state = object ? State.FIRST_NAME : State.FIRST_VALUE;
    return object ? Token.BEGIN_OBJECT : Token.BEGIN_ARRAY;
  }

  private Token close() {
    boolean object = isInObject();
    if (bytes[at] != (object ? '}' : ']')) {
      return Token.BROKEN;
    }
    depth--;
    tokenStart = at;
    tokenEnd = ++at;
    state = depth == 0 ? State.DONE : State.AFTER;
    return object ? Token.END_OBJECT : Token.END_ARRAY;
  }

  private boolean isInObject() {
    int open = depth - 1;
    return (objects[open >> 6] & (1L << open)) != 0;
  }

  private Token word(byte[] expected, Token whole) {
    for (byte letter : expected) {
      if (at == end) {
        return Token.TRUNCATED;
      }
      if (bytes[at] != letter) {
        return Token.BROKEN;
      }
      at++;
    }
    tokenEnd = at;
    return whole;
  }

  private Token string(Token kind) {
    tokenStart = at++;
    escaped = false;
    while (true) {
      at = JsonText.plainEnd(bytes, words, at, end);
      if (at == end) {
        return Token.TRUNCATED;
      }
      byte stop = bytes[at];
      if (stop == '"') {
        tokenEnd = ++at;
        return kind;
      }
      if (stop != '\\') {
        return Token.BROKEN;
      }
      escaped = true;
      int length = JsonText.escapeLength(bytes, at, end);
      if (length <= 0) {
        return length == 0 ? Token.TRUNCATED : Token.BROKEN;
      }
      at += length;
    }
  }

  private Token digits() {
    int length = JsonNumber.length(bytes, at, end);
    if (length < 0) {
      return Token.BROKEN;
    }
    at += length;
    tokenEnd = at;
    boolean ends = at < end || (whole && JsonNumber.isDigit(bytes[at - 1]));
    return ends && JsonNumber.isDigit(bytes[at - 1]) ? Token.NUMBER : Token.TRUNCATED;
  }

  private void skipSpace() {
    while (at < end) {
      byte b = bytes[at];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return;
      }
      at++;
    }
  }
}
