package ollama.gateway.config;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What an origin that isn't opaque consists of (RFC 6454 section 4), or a pattern for some.
 *
 * @param scheme in lower case
 * @param host in lower case, an IPv6 address in brackets; empty for files as some programs say it
 * @param port the scheme's own one where none was said; empty for schemes that have none
 */
record OriginParts(String scheme, String host, String port) {

  private static final String BEHIND_SCHEME = "://";
  private static final int LENGTH_MAX = 300;

  private static final Pattern FORM =
      Pattern.compile(
          "file://|[a-z][a-z0-9+.-]*://"
              + "(\\*|(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*\\.?|\\[[0-9a-f:.]+])"
              + "(:(\\*|[0-9]{1,5}))?");

  /** Those of a text in lower case; empty if it isn't written as an origin is, maybe with stars. */
  static Optional<OriginParts> of(String lower) {
    // What isn't written as an origin is may look like one whose end it has.
    if (lower.length() > LENGTH_MAX || !FORM.matcher(lower).matches()) {
      return Optional.empty();
    }
    int hostAt = lower.indexOf(BEHIND_SCHEME) + BEHIND_SCHEME.length();
    int colon = lower.lastIndexOf(':');
    boolean hasPort = colon > hostAt && colon > lower.lastIndexOf(']');
    String scheme = lower.substring(0, hostAt - BEHIND_SCHEME.length());
    return Optional.of(
        new OriginParts(
            scheme,
            lower.substring(hostAt, hasPort ? colon : lower.length()),
            hasPort ? lower.substring(colon + 1) : ownPort(scheme)));
  }

  /** Which browsers leave out. */
  private static String ownPort(String scheme) {
    return switch (scheme) {
      case "http" -> "80";
      case "https" -> "443";
      default -> "";
    };
  }
}
