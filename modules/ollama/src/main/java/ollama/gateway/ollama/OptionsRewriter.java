package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/**
 * Has a body say what the policy of its key has it say, while it passes. What the policy isn't
 * about goes on at once as it came. Of what it is about a member's value is held back until it is
 * here, and changed as {@link OptionsEdits} changes it in a body that is here whole; what is
 * missing is put at the object's end.
 *
 * <p>Only the members that the policy is about are kept, and {@link OptionsEdits} reads an object
 * of these: once more behind each of them, and before the end of the body goes on. So what it
 * refuses is refused, and no server has the end of that.
 */
public final class OptionsRewriter {

  /** Takes a body on its way. */
  @FunctionalInterface
  public interface Sink {

    /** Takes the next bytes, now: the array is used for something else afterwards. */
    void put(byte[] bytes, int from, int count);
  }

  /** How much is kept of the members that the policy is about, with their names. */
  public static final int KEPT_BYTES_MAX = 64 * 1024;

  private static final int FIRST_BYTES = 256;

  /** Of a character that is written as an escape. */
  private static final int ESCAPE_BYTES = 6;

  private static final byte[] SEPARATORS = {',', ':'};
  private static final int BAD_REQUEST = 400;
  private static final int TOO_LARGE = 413;

  private final OptionsPolicy policy;
  private final Route route;
  private final List<String> names;
  private final JsonParts parts = new JsonParts();

  /** The name at hand with its quotes, as far as it may matter. */
  private final byte[] name;

  private int nameLength;
  private boolean hasMembers;
  private boolean isHeld;

  /** The brace of an object, and its members that the policy is about as they came. */
  private byte[] kept = new byte[FIRST_BYTES];

  private int length = 1;

  /** How long that was with its last member that is whole. */
  private int settledLength = 1;

  private int valueFrom;

  /** What was changed of the members that have gone on. */
  private final List<Edit> made = new ArrayList<>();

  /** One to which nothing came yet, for a route that the policy concerns. */
  public OptionsRewriter(OptionsPolicy policy, Route route) {
    this.policy = policy;
    this.route = route;
    names = OptionsEdits.names(policy, route);
    int longest = names.stream().mapToInt(String::length).max().orElse(0);
    name = new byte[longest * ESCAPE_BYTES + 2];
    kept[0] = '{';
  }

  /**
   * Has the body's next bytes pass.
   *
   * @param out gets what goes on of them, and of what was held back
   * @throws OptionsRefusedException if the body asks for what it may not, or can't be read in one
   *     way; nothing more of it may go on then
   */
  public void passes(byte[] in, int from, int count, Sink out) throws OptionsRefusedException {
    ByteBuffer words = ByteBuffer.wrap(in).order(ByteOrder.LITTLE_ENDIAN);
    int end = from + count;
    int at = from;
    int sent = from;
    while (at < end) {
      int begin = at;
      at = parts.next(in, words, begin, end);
      switch (parts.part()) {
        case NAME -> name(in, begin, at);
        case VALUE -> {
          if (isHeld) {
            put(in, sent, begin, out);
            sent = at;
            keep(in, begin, at);
            if (parts.isEnd()) {
              settle(out);
            }
          }
        }
        case CLOSE -> {
          put(in, sent, begin, out);
          sent = begin;
          String missing = atEnd();
          if (!missing.isEmpty()) {
            put((hasMembers ? "," : "") + missing, out);
          }
        }
        case BROKEN -> throw Members.unreadable();
        default -> {
          // It goes on as it is.
        }
      }
    }
    put(in, sent, end, out);
  }

  /**
   * Says that nothing follows.
   *
   * @throws OptionsRefusedException if the body hasn't come to its end; that may not go on then
   */
  public void end() throws OptionsRefusedException {
    if (!parts.isWhole()) {
      throw Members.unreadable();
    }
  }

  /**
   * The members that are put at the object's end where no other one comes that the policy is about;
   * empty if there are none.
   *
   * @throws OptionsRefusedException as {@link #passes}
   */
  public String atEnd() throws OptionsRefusedException {
    String missing = "";
    List<Edit> others = new ArrayList<>();
    for (Edit edit : edits()) {
      if (isMissing(edit)) {
        missing = edit.text();
      } else {
        others.add(edit);
      }
    }
    checkMade(others);
    return missing.endsWith(",") ? missing.substring(0, missing.length() - 1) : missing;
  }

  /** One byte more than there is room for says that it is too long to matter. */
  private void name(byte[] in, int from, int to) throws OptionsRefusedException {
    int room = name.length - nameLength;
    if (room > 0) {
      System.arraycopy(in, from, name, nameLength, Math.min(to - from, room));
    }
    nameLength = Math.min(name.length + 1, nameLength + to - from);
    if (!parts.isEnd()) {
      return;
    }
    hasMembers = true;
    isHeld = nameLength <= name.length && matters();
    if (isHeld) {
      if (length > 1) {
        keep(SEPARATORS, 0, 1);
      }
      keep(name, 0, nameLength);
      keep(SEPARATORS, 1, 2);
      valueFrom = length;
    }
    nameLength = 0;
  }

  private boolean matters() {
    for (String each : names) {
      if (JsonText.equalsFolded(name, 1, nameLength - 1, true, each)) {
        return true;
      }
    }
    return false;
  }

  private void keep(byte[] bytes, int from, int to) throws OptionsRefusedException {
    int needed = length + to - from;
    if (needed > KEPT_BYTES_MAX) {
      throw new OptionsRefusedException(
          TOO_LARGE,
          "What the options of this API key have a say in takes more than "
              + KEPT_BYTES_MAX
              + " bytes, which is too much in a body of this length: send less of it");
    }
    if (needed > kept.length) {
      kept = Arrays.copyOf(kept, Math.min(KEPT_BYTES_MAX, Math.max(needed, kept.length * 2)));
    }
    System.arraycopy(bytes, from, kept, length, to - from);
    length = needed;
  }

  /** A value that was held back is whole: it goes on. */
  private void settle(Sink out) throws OptionsRefusedException {
    isHeld = false;
    settledLength = length;
    List<Edit> own = new ArrayList<>();
    List<Edit> others = new ArrayList<>();
    for (Edit edit : edits()) {
      if (edit.place().from() >= valueFrom) {
        own.add(edit);
      } else if (!isMissing(edit)) {
        others.add(edit);
      }
    }
    checkMade(others);
    own.sort(Comparator.comparingInt(edit -> edit.place().from()));
    int at = valueFrom;
    for (Edit edit : own) {
      put(kept, at, edit.place().from(), out);
      put(edit.text(), out);
      at = edit.place().to();
    }
    put(kept, at, length, out);
    made.addAll(own);
  }

  /** What is changed of a body that has no more than the whole members that are kept. */
  private List<Edit> edits() throws OptionsRefusedException {
    byte[] object = Arrays.copyOf(kept, settledLength + 1);
    object[settledLength] = '}';
    return OptionsEdits.of(policy, route, object, object.length);
  }

  /** Whether members are put in that aren't there: behind the object's brace. */
  private static boolean isMissing(Edit edit) {
    return edit.place().to() == 1;
  }

  /** What has gone on can't be changed any more. */
  private void checkMade(List<Edit> wanted) throws OptionsRefusedException {
    if (!new HashSet<>(wanted).equals(new HashSet<>(made))) {
      throw new OptionsRefusedException(
          BAD_REQUEST,
          "The body says one thing in two members, such as `reasoning_effort` and `reasoning`, and"
              + " is too long to be read whole before it goes on: keep one of them");
    }
  }

  private static void put(String text, Sink out) {
    byte[] bytes = text.getBytes(UTF_8);
    put(bytes, 0, bytes.length, out);
  }

  private static void put(byte[] bytes, int from, int to, Sink out) {
    if (to > from) {
      out.put(bytes, from, to - from);
    }
  }
}
