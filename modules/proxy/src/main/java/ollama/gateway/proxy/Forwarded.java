package ollama.gateway.proxy;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import ollama.gateway.auth.AddressSet;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;

/**
 * What proxies that are trusted say of a request: who its client is, and what that asked for. They
 * say it in {@code Forwarded} (RFC 7239) or in the older {@code X-Forwarded-*}, each behind what it
 * was sent itself; what stands before the words of the last one that isn't trusted may be anybody's
 * invention, and isn't read.
 *
 * @param way from the client to here
 * @param scheme what the client used, {@code http} or {@code https}
 * @param isPlain whether somebody says that it is {@code http}
 * @param host which host the client asked for, and maybe which port; empty where nobody says so
 * @param isUnclear whether nobody can tell who the client is: the two forms name different ones,
 *     since a proxy has set one and passed on what somebody else made of the other, or a quote is
 *     left open
 */
record Forwarded(
    ForwardedWay way, String scheme, boolean isPlain, Optional<String> host, boolean isUnclear) {

  private static final String HTTP = "http";
  private static final String HTTPS = "https";
  private static final int HOST_LENGTH_MAX = 261;
  private static final Separators NO_HOST =
      Separators.allBut("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:[]%~");

  /**
   * What is said of a request.
   *
   * @param peer a trusted proxy, which has sent it
   */
  static Forwarded of(Settings settings, InetAddress peer, Fields fields) {
    AddressSet trusted = settings.trustedProxies();
    boolean isOlder = fields.has(KnownField.X_FORWARDED_FOR);
    boolean isNewer = fields.has(KnownField.FORWARDED);
    Optional<List<ForwardedHop>> newerHops = ForwardedHop.newer(fields);
    ForwardedWay newer = ForwardedWay.of(peer, newerHops.orElse(List.of()), trusted);
    ForwardedWay older = ForwardedWay.of(peer, ForwardedHop.older(fields), trusted);
    boolean differs = isOlder && isNewer && !older.client().equals(newer.client());
    boolean isUnclear = differs || newerHops.isEmpty();
    ForwardedWay said = isOlder ? older : newer;
    // Nobody is to be blamed in the log for what somebody else has written.
    ForwardedWay way = isUnclear ? new ForwardedWay(peer, List.of(), "") : said;
    String scheme = last(fields, KnownField.X_FORWARDED_PROTO).orElse(newer.scheme());
    return new Forwarded(
        way,
        scheme.equalsIgnoreCase(HTTPS) ? HTTPS : HTTP,
        scheme.equalsIgnoreCase(HTTP),
        last(fields, KnownField.X_FORWARDED_HOST).filter(Forwarded::isHost),
        isUnclear);
  }

  /** The last member of a list: what the nearest proxy said. */
  private static Optional<String> last(Fields fields, KnownField name) {
    String last = "";
    for (int i = fields.indexOf(name, 0); i >= 0; i = fields.indexOf(name, i + 1)) {
      last = fields.value(i);
    }
    String member = last.substring(last.lastIndexOf(',') + 1).strip();
    return member.isEmpty() ? Optional.empty() : Optional.of(member);
  }

  private static boolean isHost(String text) {
    return text.length() <= HOST_LENGTH_MAX && NO_HOST.next(text, 0) == text.length();
  }
}
