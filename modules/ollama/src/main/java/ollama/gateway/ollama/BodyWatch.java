package ollama.gateway.ollama;

import java.nio.ByteBuffer;

/**
 * Looks at a body of a route that runs a model, while it passes: whether it names its model once,
 * and whether it has Ollama use its account at ollama.com, as {@link ModelRequest} reads both. It
 * keeps nothing but the name or the short text that it is in the middle of.
 *
 * <p>Only what is JSON is read right, which is enough: of anything else Ollama reads nothing.
 */
public final class BodyWatch {

  /** What a body says that its beginning didn't. */
  public enum Finding {
    /** Nothing that matters. */
    NOTHING,
    /** A second model, whatever its value. */
    SECOND_MODEL,
    /** A tool with which the server itself searches, at ollama.com. */
    SEARCH
  }

  /** The members of the outermost object that matter. */
  private enum Member {
    OTHER,
    MODEL,
    TOOLS
  }

  private static final String MODEL = "model";
  private static final String TOOLS = "tools";
  private static final String TYPE = "type";

  /** A tool is an object in the array of a member of the outermost object. */
  private static final int TOOL_DEPTH = 3;

  /** More than a name that matters or a tool's type takes, each character written as an escape. */
  private static final int TEXT_BYTES_MAX = 128;

  private final boolean isSearchWatched;

  /** Whether what is open is an object, of the outermost that are; by depth. */
  private final boolean[] objects = new boolean[TOOL_DEPTH + 1];

  /** The string at hand with its quotes, as far as it matters. */
  private final byte[] text = new byte[TEXT_BYTES_MAX];

  private int textLength;
  private boolean isKept;
  private boolean isInString;
  private boolean isEscaped;
  private boolean isName;
  private boolean isNameNext;
  private int depth;
  private Member member = Member.OTHER;
  private boolean isType;
  private boolean isEnded;
  private int models;
  private boolean hasModel;
  private boolean searches;

  /**
   * One that has seen nothing.
   *
   * @param isCloudForbidden whether it matters that the account is used
   */
  public BodyWatch(Route route, boolean isCloudForbidden) {
    isSearchWatched =
        isCloudForbidden && (route == Route.V1_MESSAGES || route == Route.V1_RESPONSES);
  }

  /** Looks at the body's next bytes, {@code count} from {@code from} on. */
  public void passes(ByteBuffer in, int from, int count) {
    int at = from;
    int end = from + count;
    while (at < end && !isEnded) {
      if (isInString) {
        at = string(in, at, end);
      } else {
        structure(in.get(at++));
      }
    }
  }

  /** Whether a model was named by a text, which has passed to its end. */
  public boolean hasModel() {
    return hasModel;
  }

  /** What was found until now; the first of it stays. */
  public Finding finding() {
    if (models > 1) {
      return Finding.SECOND_MODEL;
    }
    return searches ? Finding.SEARCH : Finding.NOTHING;
  }

  /** Passes a string's inside, as far as it is here; returns what comes next. */
  private int string(ByteBuffer in, int from, int end) {
    int at = from;
    while (at < end) {
      byte b = in.get(at++);
      if (isKept) {
        keep(b);
      }
      if (isEscaped) {
        isEscaped = false;
      } else if (b == '\\') {
        isEscaped = true;
      } else if (b == '"') {
        isInString = false;
        ended();
        return at;
      }
    }
    return at;
  }

  private void structure(byte b) {
    switch (b) {
      case '"' -> begin();
      case '{' -> open(true);
      case '[' -> open(false);
      case '}', ']' -> close();
      case ':' -> isNameNext = false;
      case ',' -> next();
      default -> {
        // White space, a number or a word.
      }
    }
  }

  private void open(boolean object) {
    depth++;
    if (depth <= TOOL_DEPTH) {
      objects[depth] = object;
    }
    isNameNext = object;
    isType = false;
  }

  /** What follows the outermost value isn't read. */
  private void close() {
    depth--;
    isNameNext = false;
    isEnded = depth <= 0;
  }

  /** Another member, or another element. */
  private void next() {
    isNameNext = depth <= TOOL_DEPTH && objects[depth];
    isType = false;
    if (depth == 1) {
      member = Member.OTHER;
    }
  }

  private void begin() {
    isInString = true;
    isName = isNameNext;
    isKept = depth == 1 ? isName || member == Member.MODEL : isInTool() && (isName || isType);
    textLength = 0;
    if (isKept) {
      keep((byte) '"');
    }
  }

  private boolean isInTool() {
    return isSearchWatched
        && member == Member.TOOLS
        && depth == TOOL_DEPTH
        && objects[TOOL_DEPTH]
        && !objects[TOOL_DEPTH - 1];
  }

  /** One byte more than there is room for says that it is too long. */
  private void keep(byte b) {
    if (textLength < TEXT_BYTES_MAX) {
      text[textLength] = b;
    }
    textLength = Math.min(TEXT_BYTES_MAX, textLength) + 1;
  }

  private void ended() {
    if (!isKept) {
      return;
    }
    if (depth == 1 && isName) {
      member = member();
      models += member == Member.MODEL ? 1 : 0;
    } else if (depth == 1) {
      hasModel = true;
    } else if (isName) {
      isType = isLike(TYPE);
    } else {
      searches |= isSearch();
    }
  }

  private Member member() {
    if (isLike(MODEL)) {
      return Member.MODEL;
    }
    return isLike(TOOLS) ? Member.TOOLS : Member.OTHER;
  }

  private boolean isLike(String lower) {
    if (textLength < lower.length() + 2 || textLength > TEXT_BYTES_MAX) {
      return false;
    }
    JsonReader reader = new JsonReader(text, 0, textLength, true);
    return reader.next() == JsonReader.Token.STRING && reader.isLike(lower);
  }

  /** No type is that long, but what is made to look like none may be. */
  private boolean isSearch() {
    return textLength > TEXT_BYTES_MAX
        || CloudUse.isSearchType(new JsonReader(text, 0, textLength, true));
  }
}
