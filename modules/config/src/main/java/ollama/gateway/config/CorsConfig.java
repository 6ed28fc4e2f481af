package ollama.gateway.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which pages of other sites may use the gateway from a browser (Fetch standard, section 3.2); a
 * page needs a key all the same, and {@code /gateway/}, {@code /config/} and the metrics are never
 * open to one.
 *
 * @param allowedOrigins where these pages come from, such as {@code https://chat.example.com}; a
 *     star stands for a port as in {@code http://localhost:*}, for what is before a host's first
 *     dot as in {@code https://*.example.com}, or alone for every page; without any, what a server
 *     says of pages is passed on as it came; default none
 * @param allowedMethods what they may ask with, in capitals; an empty list stands for {@code GET},
 *     {@code HEAD}, {@code POST} and {@code DELETE}; default none
 * @param allowedHeaders the request headers that they may send, which is {@code Content-Type} for
 *     most and the one with the key; an empty list stands for whichever a page asks for; default
 *     none
 * @param maxAgeSeconds how long a browser may remember an answer to its question whether it may; 0
 *     (not at all) to 86400; default 600
 */
public record CorsConfig(
    List<OriginPattern> allowedOrigins,
    List<String> allowedMethods,
    List<String> allowedHeaders,
    int maxAgeSeconds) {

  static final Bounds MAX_AGE_SECONDS = new Bounds(0, 86_400, "not at all");

  /** A token of RFC 9110 section 5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}");

  private static final Pattern METHOD = Pattern.compile("[A-Z-]{1,32}");

  /** What no page may ever use (Fetch standard, section 2.2.1). */
  private static final Set<String> FORBIDDEN = Set.of("CONNECT", "TRACE", "TRACK");

  private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "DELETE");

  /**
   * Copies the lists and checks them.
   *
   * @throws IllegalArgumentException if a method or a header can't be one
   */
  public CorsConfig {
    allowedOrigins = List.copyOf(allowedOrigins);
    allowedMethods = List.copyOf(allowedMethods);
    allowedHeaders = List.copyOf(allowedHeaders);
    allowedMethods.forEach(CorsConfig::checkMethod);
    allowedHeaders.forEach(CorsConfig::checkHeader);
    MAX_AGE_SECONDS.check("maxAgeSeconds", maxAgeSeconds);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return no page of another site may
   */
  public static CorsConfig defaults() {
    return new CorsConfig(List.of(), List.of(), List.of(), 600);
  }

  /** Whether any page may. */
  public boolean isOn() {
    return !allowedOrigins.isEmpty();
  }

  /** Whether every page may, so that answers are the same for all of them. */
  public boolean isForAll() {
    for (OriginPattern origin : allowedOrigins) {
      if (origin.isAny()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether pages of this origin may.
   *
   * @param origin as the browser says it
   */
  public boolean allows(String origin) {
    String lower = origin.toLowerCase(Locale.ROOT);
    Optional<OriginParts> parts = lower.indexOf('*') < 0 ? OriginParts.of(lower) : Optional.empty();
    for (OriginPattern pattern : allowedOrigins) {
      if (pattern.matches(lower, parts)) {
        return true;
      }
    }
    return false;
  }

  /** What pages may ask with, whether the file says it or not. */
  public List<String> methods() {
    return allowedMethods.isEmpty() ? METHODS : allowedMethods;
  }

  /** What stands in the file, or the default of what doesn't. */
  static CorsConfig read(Block block) {
    return new CorsConfig(
        block.texts("allowedOrigins", OriginPattern::parse),
        block.texts("allowedMethods", CorsConfig::checkMethod),
        block.texts("allowedHeaders", CorsConfig::checkHeader),
        block.whole("maxAgeSeconds", defaults().maxAgeSeconds(), MAX_AGE_SECONDS));
  }

  private static String checkMethod(String method) {
    if (!METHOD.matcher(method).matches() || FORBIDDEN.contains(method)) {
      throw new IllegalArgumentException(
          "no page can ask with this method: write one in capitals, such as GET, POST or DELETE");
    }
    return method;
  }

  private static String checkHeader(String name) {
    if (!TOKEN.matcher(name).matches() || name.equals("*")) {
      throw new IllegalArgumentException(
          "this is no header's name: write one such as Authorization, or leave the list out to"
              + " allow whichever a page asks for");
    }
    return name;
  }
}
