package ollama.gateway.config;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Makes a tree with places of a file's text. Strict JSON (RFC 8259), bounded in every direction.
 *
 * <p>It stands here instead of a library because the first answer after a start waits for it:
 * Jackson makes tables of powers of ten first, by arithmetic with long numbers, which no settings
 * file needs.
 */
final class JsonParsing {
  static final int DEPTH_MAX = 32;
  static final int TEXT_LENGTH_MAX = 65_536;
  static final int NUMBER_LENGTH_MAX = 100;

  /** About what a value takes as an object and in its list, besides its text. */
  private static final int VALUE_BYTES = 128;

  /** Of the lists right in the file's object, which may be long. */
  private static final int PLACED_DEPTH = 2;

  /** No character: the file has ended. */
  private static final int END = -1;

  private final String fileName;
  private final String text;
  private final HeapRoom room;

  /** The offset of what is read next. */
  private int at;

  /** What is read isn't kept: plain texts needn't be made. */
  private boolean looksOnly;

  private JsonParsing(String fileName, String text, HeapRoom room) {
    this.fileName = fileName;
    this.text = text;
    this.room = room;
    at = text.startsWith(ConfigFile.BYTE_ORDER_MARK) ? 1 : 0;
  }

  /**
   * Parses.
   *
   * @throws HeapRoom.FullException if there is no room for the tree
   */
  static Json.Obj parse(String fileName, String text, HeapRoom room) throws ConfigException {
    return new JsonParsing(fileName, text, room).root();
  }

  private Json.Obj root() throws ConfigException {
    skipSpace();
    if (peek() != '{') {
      throw peek() == END || isValueNext() ? problem(at, SyntaxMessage.NOT_ONE_OBJECT) : misfit();
    }
    Json.Obj root = object(1);
    skipSpace();
    if (peek() != END) {
      throw isValueNext() ? problem(at, SyntaxMessage.NOT_ONE_OBJECT) : misfit();
    }
    return root;
  }

  /**
   * Reads a value and the space before it.
   *
   * @param depth how many lists and objects it stands in
   */
  private Json value(int depth) throws ConfigException {
    skipSpace();
    room.take(VALUE_BYTES);
    int start = at;
    return switch (peek()) {
      case '{' -> object(depth + 1);
      case '[' -> array(depth + 1);
      case '"' -> {
        String value = string();
        yield new Json.Text(start, at, value);
      }
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
      default -> {
        if (takeWord("true")) {
          yield new Json.Flag(start, at, true);
        }
        if (takeWord("false")) {
          yield new Json.Flag(start, at, false);
        }
        if (takeWord("null")) {
          yield new Json.Null(start, at);
        }
        throw misfit();
      }
    };
  }

  private Json.Obj object(int depth) throws ConfigException {
    int start = open(depth);
    List<Json.Member> members = new ArrayList<>();
    if (!takeBehindSpace('}')) {
      do {
        members.add(member(depth));
      } while (another('}'));
    }
    return new Json.Obj(start, at, List.copyOf(members));
  }

  private Json.Member member(int depth) throws ConfigException {
    skipSpace();
    int start = at;
    if (peek() != '"') {
      throw misfit();
    }
    String name = string();
    if (!takeBehindSpace(':')) {
      throw misfit();
    }
    return new Json.Member(start, name, value(depth));
  }

  private Json.Arr array(int depth) throws ConfigException {
    if (depth == PLACED_DEPTH) {
      return longArray();
    }
    int start = open(depth);
    List<Json> items = new ArrayList<>();
    if (!takeBehindSpace(']')) {
      do {
        items.add(value(depth));
      } while (another(']'));
    }
    return new Json.Arr(start, at, List.copyOf(items));
  }

  private Json.Arr longArray() throws ConfigException {
    int start = open(PLACED_DEPTH);
    Places places = new Places();
    if (!takeBehindSpace(']')) {
      do {
        skipSpace();
        int itemStart = at;
        looksOnly = true;
        Json _ = value(PLACED_DEPTH);
        looksOnly = false;
        places.add(itemStart, at);
      } while (another(']'));
    }
    return new Json.Arr(start, at, new PlacedItems(places, this::again));
  }

  private Json again(int itemStart) {
    at = itemStart;
    try {
      return value(PLACED_DEPTH);
    } catch (ConfigException e) {
      throw new IllegalStateException("this was JSON before", e);
    }
  }

  /** Takes an opening bracket, and returns where it stood. */
  private int open(int depth) throws ConfigException {
    if (depth > DEPTH_MAX) {
      throw problem(at, SyntaxMessage.TOO_MUCH);
    }
    return at++;
  }

  /** Takes a comma, with which another value or name follows, or the closing bracket. */
  private boolean another(char closing) throws ConfigException {
    if (takeBehindSpace(',')) {
      return true;
    }
    if (take(closing)) {
      return false;
    }
    throw misfit();
  }

  private String string() throws ConfigException {
    int start = at++;
    while (isPlain(peek())) {
      at++;
    }
    int length = at - start - 1;
    if (peek() != '"' || length > TEXT_LENGTH_MAX) {
      // Something has to be resolved or refused.
      at = start;
      return slowString();
    }
    room.take(length * 2L);
    at++;
    return looksOnly ? "" : text.substring(start + 1, at - 1);
  }

  private static boolean isPlain(int c) {
    return c >= ' ' && c != '"' && c != '\\';
  }

  private String slowString() throws ConfigException {
    int start = at++;
    StringBuilder value = new StringBuilder();
    while (!take('"')) {
      if (value.length() == TEXT_LENGTH_MAX) {
        throw problem(start, SyntaxMessage.TOO_MUCH);
      }
      if (peek() < ' ') {
        throw misfit();
      }
      value.append(take('\\') ? escaped() : text.charAt(at++));
    }
    room.take(value.length() * 2L);
    return value.toString();
  }

  /** What the characters behind a backslash stand for. */
  private char escaped() throws ConfigException {
    char value =
        switch (peek()) {
          case '"' -> '"';
          case '\\' -> '\\';
          case '/' -> '/';
          case 'b' -> '\b';
          case 'f' -> '\f';
          case 'n' -> '\n';
          case 'r' -> '\r';
          case 't' -> '\t';
          case 'u' -> 'u';
          default -> throw misfit();
        };
    at++;
    return value == 'u' ? codeUnit() : value;
  }

  private char codeUnit() throws ConfigException {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      if (!HexFormat.isHexDigit(peek())) {
        throw peek() == END ? misfit() : problem(at, SyntaxMessage.NOT_HEXADECIMAL);
      }
      value = value << 4 | HexFormat.fromHexDigit(text.charAt(at++));
    }
    return (char) value;
  }

  private Json.Num number() throws ConfigException {
    int start = at;
    boolean _ = take('-');
    if (!take('0')) {
      digits();
    } else if (isDigit(peek())) {
      throw misfit();
    }
    if (take('.')) {
      digits();
    }
    if (take('e') || take('E')) {
      boolean _ = take('+') || take('-');
      digits();
    }
    if (at - start > NUMBER_LENGTH_MAX) {
      throw problem(start, SyntaxMessage.TOO_MUCH);
    }
    return new Json.Num(start, at, text.substring(start, at));
  }

  private void digits() throws ConfigException {
    if (!isDigit(peek())) {
      throw misfit();
    }
    while (isDigit(peek())) {
      at++;
    }
  }

  private boolean isValueNext() {
    int next = peek();
    return next == '{'
        || next == '['
        || next == '"'
        || next == '-'
        || isDigit(next)
        || text.startsWith("true", at)
        || text.startsWith("false", at)
        || text.startsWith("null", at);
  }

  static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private int peek() {
    return at < text.length() ? text.charAt(at) : END;
  }

  private boolean take(char expected) {
    if (peek() != expected) {
      return false;
    }
    at++;
    return true;
  }

  private boolean takeWord(String word) {
    if (!text.startsWith(word, at)) {
      return false;
    }
    at += word.length();
    return true;
  }

  private boolean takeBehindSpace(char expected) {
    skipSpace();
    return take(expected);
  }

  private void skipSpace() {
    int next = peek();
    while (next == ' ' || next == '\n' || next == '\r' || next == '\t') {
      at++;
      next = peek();
    }
  }

  /** What is read next isn't what had to stand there. */
  private ConfigException misfit() {
    return problem(at, SyntaxMessage.of(text, at));
  }

  private ConfigException problem(int offset, String message) {
    return new ConfigException(fileName, List.of(Place.of(text, offset).problem("", message)));
  }
}
