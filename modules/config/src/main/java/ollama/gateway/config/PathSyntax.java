package ollama.gateway.config;

import java.util.regex.Pattern;

/** What the paths of the settings may look like (RFC 3986 section 3.3). */
final class PathSyntax {
  private static final int LENGTH_MAX = 1024;
  private static final String PCHAR = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
  private static final Pattern PATH = Pattern.compile("(?:/" + PCHAR + "*+)++");
  private static final Pattern QUERY = Pattern.compile("(?:" + PCHAR + "|[/?])*+");
  private static final Pattern DOTS = Pattern.compile("(?i).*/(?:\\.|%2e){1,2}(?:/.*)?");

  private PathSyntax() {}

  /** Returns the text if it is an absolute path without dot segments. */
  static String checkPath(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("a path starts with /: put one before it");
    }
    if (path.indexOf('?') >= 0 || path.indexOf('#') >= 0) {
      throw new IllegalArgumentException(
          "only a path may stand here: remove everything from the ? or # on");
    }
    if (path.length() > LENGTH_MAX || !PATH.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "a path has at most "
              + LENGTH_MAX
              + " characters, and no spaces or other characters that a URL doesn't have: write"
              + " them as %20 and so on");
    }
    if (DOTS.matcher(path).matches()) {
      throw new IllegalArgumentException("a path can't have /./ or /../ in it: write the real one");
    }
    return path;
  }

  /** The same with an optional query. */
  static String checkPathAndQuery(String target) {
    int query = target.indexOf('?');
    checkPath(query < 0 ? target : target.substring(0, query));
    if (query >= 0
        && (target.length() > LENGTH_MAX
            || !QUERY.matcher(target.substring(query + 1)).matches())) {
      throw new IllegalArgumentException(
          "a query can't have spaces, # or other characters that a URL doesn't have: write them as"
              + " %20 and so on");
    }
    return target;
  }
}
