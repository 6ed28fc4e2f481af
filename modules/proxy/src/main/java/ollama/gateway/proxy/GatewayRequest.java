package ollama.gateway.proxy;

import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.ratelimit.Decision;

/** One request with the settings it started with, and what the phases found out about it. */
final class GatewayRequest {

  private static final String KEY_PREFIX = "/k/";

  /** Before a segment that is a key, perhaps. */
  private static final Pattern KEY_SEGMENT = Pattern.compile("(?i)k|%[46]b");

  /** The same with a slash that was written otherwise. */
  private static final Pattern KEY_INSIDE = Pattern.compile("(?i)(?:k|%[46]b)%2f.*");

  private final Exchange exchange;
  private final Settings settings;
  private final String target;
  private final String path;
  private final Optional<String> keyInPath;
  private final Route route;
  private final long id = ThreadLocalRandom.current().nextLong();
  private Optional<Principal> principal = Optional.empty();
  private Decision limit = Decision.unlimited();
  private String server = "";
  private int attempts;

  GatewayRequest(Exchange exchange, Settings settings) {
    this.exchange = exchange;
    this.settings = settings;
    String received = exchange.request().target();
    int keyEnd = keyEnd(received);
    boolean mayCarryKey = settings.config().security().keyInPath();
    if (keyEnd > 0 && mayCarryKey) {
      keyInPath = Optional.of(decode(received.substring(KEY_PREFIX.length(), keyEnd)));
      String rest = received.substring(keyEnd);
      target = rest.startsWith("/") ? rest : "/" + rest;
    } else {
      keyInPath = Optional.empty();
      target = received;
    }
    int query = target.indexOf('?');
    path = query < 0 ? target : target.substring(0, query);
    route = Route.of(path, settings.config().metrics().endpoint());
  }

  Exchange exchange() {
    return exchange;
  }

  Settings settings() {
    return settings;
  }

  RequestHead head() {
    return exchange.request();
  }

  InetAddress client() {
    return exchange.client();
  }

  Route route() {
    return route;
  }

  /** The request target without the key that its path may have carried. */
  String target() {
    return target;
  }

  /**
   * The path for the log: without what may be a key, also where keys in paths are switched off, and
   * where a client wrote the place of the key in a way that isn't understood here.
   */
  String loggedPath() {
    if (keyInPath.filter(String::isEmpty).isPresent()) {
      // The key may be what follows the slashes.
      return KEY_PREFIX + "…";
    }
    if (!path.contains("/k/") && !path.contains("/K/") && path.indexOf('%') < 0) {
      return path;
    }
    StringJoiner masked = new StringJoiner("/");
    boolean keyFollows = false;
    for (String segment : path.split("/", -1)) {
      boolean isKey = keyFollows && !segment.isEmpty();
      masked.add(isKey || KEY_INSIDE.matcher(segment).matches() ? "…" : segment);
      keyFollows =
          !isKey && (segment.isEmpty() ? keyFollows : KEY_SEGMENT.matcher(segment).matches());
    }
    return masked.toString();
  }

  /**
   * Whether the path still begins with what looks like the place of a key: written in a way that
   * isn't understood here, twice, or where keys in paths are switched off. No server has such a
   * route, and none is to learn the key.
   */
  boolean keepsKeyInPath() {
    int start = 0;
    while (start < path.length() && path.charAt(start) == '/') {
      start++;
    }
    if (start == path.length() || "kK%".indexOf(path.charAt(start)) < 0) {
      return false;
    }
    int end = path.indexOf('/', start);
    String first = path.substring(start, end < 0 ? path.length() : end);
    return (end >= 0 && KEY_SEGMENT.matcher(first).matches())
        || KEY_INSIDE.matcher(first).matches();
  }

  /** Follows the request through logs and servers, where it has 16 hexadecimal digits. */
  long id() {
    return id;
  }

  /** The id as it is written. */
  String idText() {
    return HexFormat.of().toHexDigits(id);
  }

  boolean carriesKeyInPath() {
    return keyInPath.isPresent();
  }

  /** Looks up who asks: the key of the path if it carries one, else that of the key's field. */
  Optional<Principal> authenticate() {
    if (keyInPath.isPresent()) {
      principal = settings.keys().authenticate(keyInPath.get());
      return principal;
    }
    Fields fields = head().fields();
    int i = fields.indexOf(settings.keyField());
    principal = i < 0 ? Optional.empty() : fields.value(i, settings.keys()::authenticate);
    return principal;
  }

  Optional<Principal> principal() {
    return principal;
  }

  /** What the rate limit said, for the answer's fields. */
  Decision limit() {
    return limit;
  }

  void limit(Decision decision) {
    limit = decision;
  }

  /** The server that answered or was tried last, for the log; empty before. */
  String server() {
    return server;
  }

  void attempt(String serverText) {
    server = serverText;
    attempts++;
  }

  int attempts() {
    return attempts;
  }

  /** Where the key of {@code /k/KEY/…} ends, or -1 for another path. */
  private static int keyEnd(String target) {
    if (!target.startsWith(KEY_PREFIX)) {
      return -1;
    }
    int end = KEY_PREFIX.length();
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    return end;
  }

  private static String decode(String segment) {
    try {
      // A plus is itself in a path.
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return segment;
    }
  }
}
