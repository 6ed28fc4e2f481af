package ollama.gateway.config;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which pages are meant, by the origin that a browser sends for them (RFC 6454 section 7).
 *
 * <table>
 * <caption>Patterns</caption>
 * <tr><td>{@code *}</td><td>every page</td></tr>
 * <tr><td>{@code https://chat.example.com}</td><td>that one, at the scheme's own port</td></tr>
 * <tr><td>{@code https://*.example.com}</td><td>those below {@code example.com}, not itself</td></tr>
 * <tr><td>{@code http://localhost:*}</td><td>any port</td></tr>
 * <tr><td>{@code chrome-extension://*}</td><td>any host</td></tr>
 * <tr><td>{@code null}</td><td>files, and frames in a sandbox</td></tr>
 * </table>
 */
public final class OriginPattern {
  private static final String ANY = "*";
  private static final String OPAQUE = "null";
  private static final String BEHIND_SCHEME = "://";
  private static final int LENGTH_MAX = 300;

  private static final Pattern FORM =
      Pattern.compile(
          "[a-z][a-z0-9+.-]*://(\\*|(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*\\.?|\\[[0-9a-f:.]+])"
              + "(:(\\*|[0-9]{1,5}))?");

  private final String text;
  private final String scheme;
  private final String host;
  private final String port;

  private OriginPattern(String text) {
    this.text = text;
    int hostAt = text.indexOf(BEHIND_SCHEME) + BEHIND_SCHEME.length();
    int colon = portColon(text, hostAt);
    scheme = text.substring(0, hostAt - BEHIND_SCHEME.length());
    host = text.substring(hostAt, colon);
    port = port(text, colon, scheme);
  }

  /**
   * Reads one; the case of its letters doesn't matter.
   *
   * @throws IllegalArgumentException if no origin could look so; the message says what to write
   */
  public static OriginPattern parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.equals(ANY) || lower.equals(OPAQUE)) {
      return new OriginPattern(lower + BEHIND_SCHEME);
    }
    int scheme = lower.indexOf(BEHIND_SCHEME);
    if (scheme < 0) {
      throw new IllegalArgumentException(
          "an origin begins with its scheme: write one such as https://chat.example.com, or * for"
              + " every page");
    }
    if (lower.indexOf('/', scheme + BEHIND_SCHEME.length()) >= 0) {
      throw new IllegalArgumentException(
          "an origin ends behind its host or port, with neither a path nor a slash: write one such"
              + " as https://chat.example.com");
    }
    if (lower.length() > LENGTH_MAX || !FORM.matcher(lower).matches()) {
      throw new IllegalArgumentException(
          "this is no origin: write a scheme, a host and maybe a port, such as"
              + " https://chat.example.com; a star stands for a whole host, for what is before a"
              + " host's first dot as in https://*.example.com, or for a port");
    }
    return new OriginPattern(lower);
  }

  /** Whether every page is meant. */
  public boolean isAny() {
    return scheme.equals(ANY);
  }

  /**
   * Whether pages of this origin are meant.
   *
   * @param origin as the browser says it
   */
  public boolean matches(String origin) {
    if (isAny()) {
      return true;
    }
    String lower = origin.toLowerCase(Locale.ROOT);
    if (scheme.equals(OPAQUE) || lower.equals(OPAQUE)) {
      return lower.equals(scheme);
    }
    // What isn't written as an origin is may look like one whose end it has.
    if (lower.length() > LENGTH_MAX || lower.indexOf('*') >= 0 || !FORM.matcher(lower).matches()) {
      return false;
    }
    OriginPattern other = new OriginPattern(lower);
    return scheme.equals(other.scheme)
        && (port.equals(ANY) || port.equals(other.port))
        && isHost(other.host);
  }

  private boolean isHost(String other) {
    if (host.equals(ANY)) {
      return true;
    }
    return host.startsWith("*.")
        ? other.length() >= host.length() && other.endsWith(host.substring(1))
        : host.equals(other);
  }

  /** Where the port begins, or the end. */
  private static int portColon(String text, int hostAt) {
    int colon = text.lastIndexOf(':');
    return colon > hostAt && colon > text.lastIndexOf(']') ? colon : text.length();
  }

  /** Browsers leave out the port that is the scheme's own. */
  private static String port(String text, int colon, String scheme) {
    if (colon < text.length()) {
      return text.substring(colon + 1);
    }
    return switch (scheme) {
      case "http" -> "80";
      case "https" -> "443";
      default -> "";
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OriginPattern pattern && text.equals(pattern.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As it was given, in lower case. */
  @Override
  public String toString() {
    return port.isEmpty() && host.isEmpty() ? scheme : text;
  }
}
