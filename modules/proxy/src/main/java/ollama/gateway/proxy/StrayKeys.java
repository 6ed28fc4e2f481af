package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import ollama.gateway.auth.KeyRing;

/**
 * Finds keys where none belongs: anywhere in a path but at {@code /k/KEY} before it, or in a query.
 * They must get neither to a server nor into the log, however they were written: percent-encoded
 * once or twice, behind a backslash, a parameter or another name.
 *
 * <p>One object looks at one target, and at no more than {@value #LOOK_UPS_MAX} parts of it, since
 * each costs a digest: what has more counts as a key.
 */
final class StrayKeys {

  private static final int LOOK_UPS_MAX = 64;
  private static final int DECODED_MAX = 2;

  /** What some server or client takes for the end of a segment. */
  private static final String SEGMENT_ENDS = "/\\;";

  /** And of a part of one, or of a query. */
  private static final String PART_ENDS = SEGMENT_ENDS + "=&,+ ?";

  /** Longer segments of paths that nobody knows may hold anything, so also a mistyped key. */
  private static final int SHOWN_CHARS_MAX = 20;

  private static final String MASK = "…";
  private static final int MASK_BYTES = 3;

  private final KeyRing keys;
  private int lookUps;

  StrayKeys(KeyRing keys) {
    this.keys = keys;
  }

  /**
   * Whether a path begins with the place of a key. No server has such a route, so none is to learn
   * what may be a key, also a mistyped one.
   */
  static boolean atPlace(String path) {
    String decoded = decodeFully(path);
    int from = partFrom(decoded, 0, SEGMENT_ENDS);
    int end = partEnd(decoded, from, SEGMENT_ENDS);
    return end < decoded.length() && isPlace(decoded.substring(from, end));
  }

  /** Whether a target, up to two times decoded, has a key in any part of its path or query. */
  boolean in(String target) {
    int query = target.indexOf('?');
    return query < 0
        ? anyPart(target, "/", this::holdsKey)
        : anyPart(target.substring(0, query), "/", this::holdsKey)
            || anyPart(target.substring(query + 1), "&", this::holdsKey);
  }

  /**
   * A path for the log: keys and what stands at their place are masked, and it is cut between two
   * segments.
   *
   * @param known whether long segments are shown, because the path is a known route
   * @param bytesMax how long it gets in UTF-8, at least 8
   */
  String masked(String path, boolean known, int bytesMax) {
    StringBuilder masked = new StringBuilder();
    int left = bytesMax;
    boolean keyFollows = false;
    for (int from = path.startsWith("/") ? 1 : 0; from <= path.length(); ) {
      int end = partEnd(path, from, "/");
      String segment = path.substring(from, end);
      String decoded = decodeFully(segment);
      boolean hidden =
          (!known && segment.length() > SHOWN_CHARS_MAX)
              || (keyFollows && !segment.isEmpty())
              || placeInside(decoded)
              || holdsKey(segment);
      keyFollows = !hidden && (segment.isEmpty() ? keyFollows : placeAtEnd(decoded));
      int bytes = 1 + (hidden ? MASK_BYTES : segment.length());
      // Always room for a mask in place of the rest.
      if (bytes > left - (1 + MASK_BYTES)) {
        return masked.append('/').append(MASK).toString();
      }
      left -= bytes;
      masked.append('/').append(hidden ? MASK : segment);
      from = end + 1;
    }
    return masked.toString();
  }

  private boolean holdsKey(String segment) {
    String text = segment;
    for (int decoded = 0; true; decoded++) {
      int name = text.indexOf('=');
      if (isKey(text)
          || (name >= 0 && isKey(text.substring(name + 1)))
          || (partEnd(text, 0, PART_ENDS) < text.length()
              && anyPart(text, PART_ENDS, this::isKey))) {
        return true;
      }
      String next = Percent.decode(text);
      if (decoded == DECODED_MAX || next.equals(text)) {
        return false;
      }
      text = next;
    }
  }

  private boolean isKey(String text) {
    if (text.isEmpty()) {
      return false;
    }
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return ++lookUps > LOOK_UPS_MAX || keys.authenticate(bytes, 0, bytes.length).isPresent();
  }

  private static String decodeFully(String text) {
    return Percent.decode(Percent.decode(text));
  }

  private static boolean isPlace(String part) {
    return part.equalsIgnoreCase("k");
  }

  /** Whether a decoded segment has the place of a key and something behind it. */
  private static boolean placeInside(String segment) {
    int from = partFrom(segment, 0, SEGMENT_ENDS);
    while (from < segment.length()) {
      int end = partEnd(segment, from, SEGMENT_ENDS);
      int next = partFrom(segment, end, SEGMENT_ENDS);
      if (next < segment.length() && isPlace(segment.substring(from, end))) {
        return true;
      }
      from = next;
    }
    return false;
  }

  private static boolean placeAtEnd(String segment) {
    int end = segment.length();
    while (end > 0 && SEGMENT_ENDS.indexOf(segment.charAt(end - 1)) >= 0) {
      end--;
    }
    boolean alone = end == 1 || (end > 1 && SEGMENT_ENDS.indexOf(segment.charAt(end - 2)) >= 0);
    return alone && isPlace(segment.substring(end - 1, end));
  }

  private static boolean anyPart(String text, String ends, Predicate<String> test) {
    for (int from = partFrom(text, 0, ends); from < text.length(); ) {
      int end = partEnd(text, from, ends);
      if (test.test(text.substring(from, end))) {
        return true;
      }
      from = partFrom(text, end, ends);
    }
    return false;
  }

  private static int partFrom(String text, int from, String ends) {
    int i = from;
    while (i < text.length() && ends.indexOf(text.charAt(i)) >= 0) {
      i++;
    }
    return i;
  }

  private static int partEnd(String text, int from, String ends) {
    int i = from;
    while (i < text.length() && ends.indexOf(text.charAt(i)) < 0) {
      i++;
    }
    return i;
  }
}
