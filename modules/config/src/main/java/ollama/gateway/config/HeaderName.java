package ollama.gateway.config;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a header must be called so that it can carry a key, or be sent to a server. */
final class HeaderName {
  private static final int LENGTH_MAX = 64;
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  /**
   * Names that another part of a message's meaning hangs on: the header that carried the key isn't
   * forwarded, and without these the request would be another one, or none.
   */
  private static final Set<String> TAKEN =
      Set.of(
          "accept",
          "connection",
          "content-encoding",
          "content-length",
          "content-type",
          "expect",
          "forwarded",
          "host",
          "keep-alive",
          "max-forwards",
          "origin",
          "proxy-connection",
          "referer",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "via",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-proto",
          "x-real-ip",
          "x-request-id");

  /** What concerns one connection only, and credentials for a proxy. */
  private static final Set<String> OF_THE_CONNECTION =
      Set.of("proxy-authenticate", "proxy-authorization", "http2-settings");

  private HeaderName() {}

  /** Returns the name if it is a token of RFC 9110 section 5.6.2 that is free to carry a key. */
  static String check(String name) {
    if (name.length() > LENGTH_MAX || !TOKEN.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a header's name has 1 to "
              + LENGTH_MAX
              + " letters, digits and dashes; write one such as Authorization or X-Api-Key");
    }
    if (TAKEN.contains(name.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "this header has another meaning in HTTP and can't carry a key; write one such as"
              + " Authorization or X-Api-Key");
    }
    return name;
  }

  /** The same for one that is sent to a server with each request. */
  static String checkSent(String name) {
    if (name.length() > LENGTH_MAX || !TOKEN.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a header's name has 1 to "
              + LENGTH_MAX
              + " letters, digits and dashes; write one such as Authorization");
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (TAKEN.contains(lower) || OF_THE_CONNECTION.contains(lower)) {
      throw new IllegalArgumentException(
          "the header "
              + name
              + " has a meaning in HTTP that is the gateway's or the client's business: remove it"
              + " here");
    }
    return name;
  }
}
