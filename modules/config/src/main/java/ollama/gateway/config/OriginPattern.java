package ollama.gateway.config;

import java.util.Locale;
import java.util.Optional;

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

  /** What browsers send for an origin that they don't tell (RFC 6454 section 7.1). */
  private static final String OPAQUE = "null";

  private final String text;

  /** Absent where every page is meant, or those of an opaque origin. */
  private final Optional<OriginParts> parts;

  private OriginPattern(String text, Optional<OriginParts> parts) {
    this.text = text;
    this.parts = parts;
  }

  /**
   * Reads one; the case of its letters doesn't matter.
   *
   * @throws IllegalArgumentException if no origin could look so; the message says what to write
   */
  public static OriginPattern parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.equals(ANY) || lower.equals(OPAQUE)) {
      return new OriginPattern(lower, Optional.empty());
    }
    int behind = lower.indexOf("://") + 3;
    if (behind < 3) {
      throw new IllegalArgumentException(
          "an origin begins with its scheme: write one such as https://chat.example.com, or * for"
              + " every page");
    }
    if (lower.indexOf('/', behind) >= 0) {
      throw new IllegalArgumentException(
          "an origin ends behind its host or port, with neither a path nor a slash: write one such"
              + " as https://chat.example.com");
    }
    Optional<OriginParts> parts = OriginParts.of(lower);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException(
          "this is no origin: write a scheme, a host and maybe a port, such as"
              + " https://chat.example.com; a star stands for a whole host, for what is before a"
              + " host's first dot as in https://*.example.com, or for a port");
    }
    return new OriginPattern(lower, parts);
  }

  /** Whether every page is meant. */
  public boolean isAny() {
    return text.equals(ANY);
  }

  /**
   * Whether pages of an origin are meant.
   *
   * @param lower what the browser says, in lower case
   * @param origin the same in pieces; empty where it isn't written as an origin is
   */
  boolean matches(String lower, Optional<OriginParts> origin) {
    if (isAny()) {
      return true;
    }
    if (parts.isEmpty()) {
      return lower.equals(OPAQUE);
    }
    return origin.isPresent() && matches(parts.get(), origin.get());
  }

  private static boolean matches(OriginParts pattern, OriginParts origin) {
    return pattern.scheme().equals(origin.scheme())
        && (pattern.port().equals(ANY) || pattern.port().equals(origin.port()))
        && isHost(pattern.host(), origin.host());
  }

  private static boolean isHost(String pattern, String host) {
    if (pattern.equals(ANY)) {
      return true;
    }
    return pattern.startsWith("*.")
        ? host.length() >= pattern.length() && host.endsWith(pattern.substring(1))
        : pattern.equals(host);
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
    return text;
  }
}
