package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import ollama.gateway.auth.KeyRing;

/**
 * Finds keys where none belongs: anywhere in a path but at {@code /k/KEY} before it, or in a query.
 * They must get neither to a server nor into the log, however they were written: percent-encoded
 * once or twice, behind a backslash, a parameter or another name, in quotes or brackets.
 *
 * <p>One object looks at one target, and at no more than {@value #LOOK_UPS_MAX} different parts of
 * it, since each costs a digest: what has more counts as a key. Usual targets have some ten.
 */
final class StrayKeys {

  private static final int LOOK_UPS_MAX = 64;
  private static final int DECODED_MAX = 2;

  private static final String ALPHANUMERICS =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

  private static final Separators SLASHES = Separators.of("/");
  private static final Separators AMPERSANDS = Separators.of("&");

  /** What some server or client takes for the end of a segment. */
  private static final Separators SEGMENT_ENDS = Separators.of("/\\;");

  /**
   * Where a key may begin and end. No one of these has what the others have: keys that somebody
   * chose may hold anything, so they are cut out of as little as possible; then those that RFC 6750
   * section 2.1 allows behind {@code Bearer}; then those that the gateway makes, in base64url.
   */
  private static final Separators[] KEY_ENDS = {
    Separators.of("/\\;=&,+ ?"),
    Separators.allBut(ALPHANUMERICS + "-_.~+/"),
    Separators.allBut(ALPHANUMERICS + "-_"),
  };

  /**
   * Longer segments of paths that nobody knows may hold anything, so also a mistyped key. So may
   * longer words of a known one: no model's name has such.
   */
  private static final int SHOWN_CHARS_MAX = 20;

  private static final Pattern LONG_WORD =
      Pattern.compile("[A-Za-z0-9]{" + (SHOWN_CHARS_MAX + 1) + "}");

  /** Of a blob, as paths have it. */
  private static final Pattern DIGEST = Pattern.compile("sha256[:-][0-9a-f]{64}");

  private static final String MASK = "…";
  private static final int MASK_BYTES = 3;

  private final KeyRing keys;

  /** What was looked up and is no key. */
  private final Set<String> others = new HashSet<>();

  StrayKeys(KeyRing keys) {
    this.keys = keys;
  }

  /**
   * Whether a path begins with the place of a key. No server has such a route, so none is to learn
   * what may be a key, also a mistyped one.
   */
  static boolean atPlace(String path) {
    String decoded = decodeFully(path);
    int from = SEGMENT_ENDS.skip(decoded, 0);
    int end = SEGMENT_ENDS.next(decoded, from);
    return end < decoded.length() && isPlace(decoded.substring(from, end));
  }

  /** Whether a target, up to two times decoded, has a key in any part of its path or query. */
  boolean in(String target) {
    int query = target.indexOf('?');
    return query < 0
        ? SLASHES.anyPart(target, this::holdsKey)
        : SLASHES.anyPart(target.substring(0, query), this::holdsKey)
            || AMPERSANDS.anyPart(target.substring(query + 1), this::holdsKey);
  }

  /** Whether a text that nobody decodes is a key, or has one in any part. */
  boolean inWord(String text) {
    return isKey(text) || SLASHES.anyPart(text, this::holdsKey);
  }

  /** How many parts were looked up. */
  int lookUps() {
    return others.size();
  }

  /**
   * A path for the log: keys, what stands at their place and what was encoded more often than is
   * looked at are masked, and it is cut between two segments.
   *
   * @param known whether long segments of short words and digests are shown, because the path is a
   *     known route
   * @param bytesMax how long it gets in UTF-8, at least 8
   */
  String masked(String path, boolean known, int bytesMax) {
    StringBuilder masked = new StringBuilder();
    int left = bytesMax;
    boolean keyFollows = false;
    for (int from = path.startsWith("/") ? 1 : 0; from <= path.length(); ) {
      int end = SLASHES.next(path, from);
      String segment = path.substring(from, end);
      String decoded = decodeFully(segment);
      boolean hidden =
          !isShown(segment, known)
              || (keyFollows && !segment.isEmpty())
              || placeInside(decoded)
              || !Percent.decode(decoded).equals(decoded)
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

  private static boolean isShown(String segment, boolean known) {
    return segment.length() <= SHOWN_CHARS_MAX
        || (known && (DIGEST.matcher(segment).matches() || !LONG_WORD.matcher(segment).find()));
  }

  private boolean holdsKey(String segment) {
    String text = segment;
    for (int decoded = 0; true; decoded++) {
      if (isOrHasKey(text)) {
        return true;
      }
      String next = Percent.decode(text);
      if (decoded == DECODED_MAX || next.equals(text)) {
        return false;
      }
      text = next;
    }
  }

  private boolean isOrHasKey(String text) {
    int name = text.indexOf('=');
    if (isKey(text) || (name >= 0 && isKey(text.substring(name + 1)))) {
      return true;
    }
    for (Separators ends : KEY_ENDS) {
      if (ends.anyPart(text, this::isKey)) {
        return true;
      }
    }
    return false;
  }

  private boolean isKey(String text) {
    if (text.isEmpty() || others.contains(text)) {
      return false;
    }
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (others.size() == LOOK_UPS_MAX || keys.authenticate(bytes, 0, bytes.length).isPresent()) {
      return true;
    }
    others.add(text);
    return false;
  }

  private static String decodeFully(String text) {
    return Percent.decode(Percent.decode(text));
  }

  private static boolean isPlace(String part) {
    return part.equalsIgnoreCase("k");
  }

  /** Whether a decoded segment has the place of a key and something behind it. */
  private static boolean placeInside(String segment) {
    int from = SEGMENT_ENDS.skip(segment, 0);
    while (from < segment.length()) {
      int end = SEGMENT_ENDS.next(segment, from);
      int next = SEGMENT_ENDS.skip(segment, end);
      if (next < segment.length() && isPlace(segment.substring(from, end))) {
        return true;
      }
      from = next;
    }
    return false;
  }

  private static boolean placeAtEnd(String segment) {
    int end = segment.length();
    while (end > 0 && SEGMENT_ENDS.has(segment.charAt(end - 1))) {
      end--;
    }
    boolean alone = end == 1 || (end > 1 && SEGMENT_ENDS.has(segment.charAt(end - 2)));
    return alone && isPlace(segment.substring(end - 1, end));
  }
}
