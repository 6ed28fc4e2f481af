package ollama.gateway.proxy;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.ratelimit.Decision;
import org.jspecify.annotations.Nullable;

/** One request with the settings it started with, and what the phases found out about it. */
final class GatewayRequest {

  private final Exchange exchange;
  private final Settings settings;
  private final RequestTarget target;
  private final Route route;
  private final long id = ThreadLocalRandom.current().nextLong();
  private Optional<Principal> principal = Optional.empty();
  private Decision limit = Decision.unlimited();
  private @Nullable UpstreamTarget server;
  private int attempts;

  GatewayRequest(Exchange exchange, Settings settings) {
    this.exchange = exchange;
    this.settings = settings;
    target =
        RequestTarget.of(exchange.request().target(), settings.config().security().keyInPath());
    route = Route.of(target.path(), settings.config().metrics().endpoint());
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

  /** What is asked for, without the key that the path may have carried. */
  RequestTarget target() {
    return target;
  }

  /**
   * The path for the log: without what may be a key, and no longer than {@code
   * limits.loggedPathBytes}.
   */
  String loggedPath() {
    int bytesMax = settings.config().limits().loggedPathBytes();
    String path = target.path();
    if ((route.isFixed() && path.length() <= bytesMax) || !path.startsWith("/")) {
      return path;
    }
    boolean known = route.isFixed() || route == Route.BLOB || route == Route.V1_MODEL;
    return new StrayKeys(settings.keys()).masked(path, known, bytesMax);
  }

  /**
   * Whether a key stands where none belongs, or the path begins with what looks like its place:
   * written in a way that isn't understood here, twice, or where keys in paths are switched off. No
   * server is to learn it. Computes digests, but not for a usual request, in which there is no room
   * for a key.
   */
  boolean holdsStrayKey() {
    boolean noRoom = route.isFixed() && target.target().length() == target.path().length();
    return !noRoom
        && (StrayKeys.atPlace(target.path()) || new StrayKeys(settings.keys()).in(target.target()));
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
    return !target.keyPlace().isEmpty();
  }

  /** Looks up who asks: the key of the path if it carries one, else that of the key's field. */
  Optional<Principal> authenticate() {
    Optional<String> keyInPath = target.key();
    if (keyInPath.isPresent()) {
      byte[] key = keyInPath.get().getBytes(StandardCharsets.ISO_8859_1);
      principal = settings.keys().authenticate(key, 0, key.length);
      return principal;
    }
    Fields fields = head().fields();
    int i = fields.indexOf(settings.keyField());
    principal = i < 0 ? Optional.empty() : fields.value(i, settings.keys()::authenticate);
    return principal;
  }

  /** Whether a key came with it, right or wrong. */
  boolean presentsKey() {
    if (carriesKeyInPath()) {
      return target.key().filter(key -> !key.isEmpty()).isPresent();
    }
    int i = head().fields().indexOf(settings.keyField());
    return i >= 0 && !head().fields().valueIs(i, "");
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
    UpstreamTarget last = server;
    return last == null ? "" : last.text();
  }

  /** The base path of that server; empty without one. */
  String basePath() {
    UpstreamTarget last = server;
    return last == null ? "" : last.basePath();
  }

  void attempt(UpstreamTarget next) {
    server = next;
    attempts++;
  }

  int attempts() {
    return attempts;
  }
}
