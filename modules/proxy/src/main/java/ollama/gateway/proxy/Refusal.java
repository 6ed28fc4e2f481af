package ollama.gateway.proxy;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.ollama.RouteGroup;
import ollama.gateway.usage.QuotaDecision;

/**
 * An answer of the gateway's own that says no.
 *
 * @param status the status
 * @param message for people; holds nothing secret
 * @param retryAfterSeconds after which trying again makes sense, or 0
 * @param limit under which name it is counted and logged; empty where only the status is counted
 * @param closes whether the connection ends with it
 */
record Refusal(
    int status, String message, int retryAfterSeconds, Optional<String> limit, boolean closes) {

  static final Refusal ADDRESS = new Refusal(403, "Unauthorized IP");
  static final Refusal CLIENT_UNCLEAR =
      new Refusal(
          400,
          "Forwarded is malformed, or names another client than X-Forwarded-For: the proxy in front"
              + " must set both, or remove the one that it doesn't set");
  static final Refusal CROSS_SITE =
      new Refusal(403, "A page of another site may not administer the gateway");
  static final Refusal KEY = new Refusal(401, "Unauthorized API Key");
  static final Refusal KEY_DISABLED = new Refusal(401, "This API key is disabled");
  static final Refusal KEY_EXPIRED = new Refusal(401, "This API key has expired");
  static final Refusal KEY_FROM_ELSEWHERE =
      new Refusal(403, "This API key may not be used from this address");
  static final Refusal TOO_MANY_AT_ONCE =
      new Refusal(
          429,
          "As many requests of this API key are running as may at once",
          1,
          Optional.of("key_concurrency"),
          false);
  static final Refusal NOT_ALL_ENDPOINTS =
      new Refusal(403, "This API key may not use this path: that takes every group of endpoints");
  static final Refusal NOT_ADMIN =
      new Refusal(
          403,
          "This API key may not administer the gateway: use one marked admin, which"
              + " `ollama-gateway key new --admin` makes");
  static final Refusal KEY_MISPLACED =
      new Refusal(
          404,
          "A key goes into its header, or as in /k/KEY/api/tags where security.keyInPath allows"
              + " that, and nowhere else");
  static final Refusal NO_SUCH_PATH = new Refusal(404, "There is nothing here");
  static final Refusal METRICS_OFF = new Refusal(503, "Metrics are disabled");
  static final Refusal DRAINING = new Refusal(503, "The gateway is stopping", 1);
  static final Refusal NO_SERVER_REACHED = new Refusal(503, "No server can be reached", 1);
  static final Refusal SERVERS_DRAINED =
      new Refusal(503, "Every server is being drained or can't be reached", 1);
  static final Refusal ADMINISTRATION = limit("administration", "Too much administration at once");
  static final Refusal BODIES = limit("bodies", "Too many large bodies are being read at once");
  static final Refusal BODIES_UNREAD =
      new Refusal(
          503,
          "So many large bodies are being read at once that there is no room for this one",
          1,
          Optional.of("bodies"),
          true);
  static final Refusal USAGE = limit("usage", "Too many ask for the usage at once");
  static final Refusal PAGE = limit("page", "Too much is asked for the status page at once");
  static final Refusal SCRAPES = limit("scrapes", "Too many scrapes at once");

  /** While the store of what several gateways share can't be reached, where that is to refuse. */
  static final Refusal SHARED_UNREACHABLE =
      limit("shared", "The limits that this gateway shares with others can't be asked just now");

  static final Refusal FULL = limit("connections", "Too many connections are open");

  static final Refusal OUT_OF_DESCRIPTORS =
      limit("descriptors", "The gateway is out of file descriptors");

  Refusal(int status, String message) {
    this(status, message, 0);
  }

  Refusal(int status, String message, int retryAfterSeconds) {
    this(status, message, retryAfterSeconds, Optional.empty(), false);
  }

  /**
   * Of a body that must be known to its end and can't be kept so far.
   *
   * @param reason why it must be known
   */
  static Refusal ofUnread(Call call, Question question, String reason) {
    if (question.lacksMemory()) {
      return BODIES_UNREAD;
    }
    String message =
        reason
            + ", and of its body no more than "
            + call.settings().config().limits().questionBytes()
            + " bytes (limits.questionBytes), or an eighth of the heap where that is less, are read"
            + " for that";
    return new Refusal(413, message, 0, Optional.of("question"), true);
  }

  /** A bound of the gateway as a whole, of which there may be room again soon. */
  private static Refusal limit(String name, String message) {
    return new Refusal(503, message, 1, Optional.of(name), false);
  }

  static Refusal tooManyWrongKeys(int retryAfterSeconds) {
    Optional<String> limit = Optional.of("wrong_keys");
    return new Refusal(429, "Too many wrong API keys", retryAfterSeconds, limit, true);
  }

  static Refusal lineFull(int retryAfterSeconds) {
    return queue("Too many requests are waiting for a server", retryAfterSeconds);
  }

  static Refusal waitedTooLong(int retryAfterSeconds) {
    return queue("The request has waited for a server as long as it may", retryAfterSeconds);
  }

  private static Refusal queue(String message, int retryAfterSeconds) {
    return new Refusal(503, message, retryAfterSeconds, Optional.of("queue"), false);
  }

  static Refusal rateLimited(int retryAfterSeconds) {
    return new Refusal(429, "Rate limit exceeded", retryAfterSeconds);
  }

  /** A key has used as many tokens as it may for now. */
  static Refusal quotaUsedUp(QuotaDecision quota) {
    Instant again = Instant.now().plusSeconds(quota.resetSeconds()).truncatedTo(ChronoUnit.SECONDS);
    int seconds = (int) Math.min(Integer.MAX_VALUE, quota.resetSeconds());
    String message =
        "This API key has used the "
            + quota.limit()
            + " tokens that it may for now, or its running requests will: try again at "
            + again;
    return new Refusal(429, message, seconds, Optional.of("token_quota"), false);
  }

  /** Of what a key may do, something is missing. */
  static Refusal lacks(RouteGroup group) {
    return new Refusal(
        403, "This API key may not do this: its endpoints lack \"" + group.label() + "\"");
  }

  /** In the words that Ollama has for it. */
  static Refusal noSuchModel(String model) {
    return new Refusal(404, "model '" + model + "' not found");
  }

  /** The same for one that the settings let no server be used for. */
  static Refusal unusedModel(String model) {
    return new Refusal(
        404, "model '" + model + "' not found: the settings let no server be used for it");
  }

  /** A name that stands for models, in a body in which none of these can be named. */
  static Refusal aliasInCompressed(String alias, boolean closes) {
    String message =
        alias
            + " stands for other models, and none of them can be named in a compressed body unless"
            + " that is here whole and well formed, and at most "
            + Zstd.LOOK_BYTES_MAX
            + " bytes without compression: send it uncompressed, or name the model itself";
    return new Refusal(413, message, 0, Optional.empty(), closes);
  }

  /** The request's body broke a rule; those of heads are told by the server. */
  static Refusal of(Rule broken) {
    return new Refusal(broken.status(), broken.text(), 0, Optional.of(broken.reason()), true);
  }
}
