package ollama.gateway.http.wire;

/**
 * Dot segments in every spelling that some server resolves: RFC 3986 section 3.3 knows {@code .}
 * and {@code ..} between slashes, others also decode them (once or more often), take a backslash
 * for a slash, or cut parameters off first.
 */
final class DotSegments {

  private DotSegments() {}

  /** Whether the path of a target in origin form has one. */
  static boolean in(String target) {
    int query = target.indexOf('?');
    int end = query < 0 ? target.length() : query;
    for (int at = 0; at < end; ) {
      int separator = separator(target, at, end);
      at += Math.max(separator, 1);
      if (separator > 0 && isDots(target, at, end)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isDots(String target, int from, int end) {
    int at = from;
    int dots = 0;
    for (int dot = dot(target, at, end); dot > 0; dot = dot(target, at, end)) {
      at += dot;
      dots++;
    }
    boolean isSegment =
        at == end || separator(target, at, end) > 0 || length(target, at, end, ';', "3b") > 0;
    return (dots == 1 || dots == 2) && isSegment;
  }

  private static int separator(String target, int at, int end) {
    int slash = length(target, at, end, '/', "2f");
    return slash > 0 ? slash : length(target, at, end, '\\', "5c");
  }

  private static int dot(String target, int at, int end) {
    return length(target, at, end, '.', "2e");
  }

  /** How many characters stand for {@code c} here, itself or its code; 0 if it isn't there. */
  private static int length(String target, int at, int end, char c, String code) {
    if (at == end) {
      return 0;
    }
    if (target.charAt(at) == c) {
      return 1;
    }
    if (target.charAt(at) != '%') {
      return 0;
    }
    int digits = at + 1;
    // The code of a percent sign, as often as somebody encoded it.
    while (target.startsWith("25", digits)) {
      digits += 2;
    }
    boolean same = digits + 2 <= end && target.regionMatches(true, digits, code, 0, 2);
    return same ? digits + 2 - at : 0;
  }
}
