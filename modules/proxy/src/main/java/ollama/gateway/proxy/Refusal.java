package ollama.gateway.proxy;

/**
 * An answer of the gateway's own that says no.
 *
 * @param status the status
 * @param message for people; holds nothing secret
 * @param retryAfterSeconds after which trying again makes sense, or 0
 */
record Refusal(int status, String message, int retryAfterSeconds) {

  static final Refusal ADDRESS = new Refusal(403, "Unauthorized IP");
  static final Refusal KEY = new Refusal(401, "Unauthorized API Key");
  static final Refusal NOT_ADMIN =
      new Refusal(403, "This API key may not administer the gateway: use one marked admin");
  static final Refusal KEY_MISPLACED =
      new Refusal(
          404,
          "A key goes into its header, or as in /k/KEY/api/tags where security.keyInPath allows"
              + " that, and nowhere else");
  static final Refusal NO_SUCH_PATH = new Refusal(404, "There is nothing here");
  static final Refusal METRICS_OFF = new Refusal(503, "Metrics are disabled");
  static final Refusal DRAINING = new Refusal(503, "The gateway is stopping", 1);
  static final Refusal NO_SERVER_REACHED = new Refusal(503, "No server can be reached", 1);
  static final Refusal ADMINISTRATION = new Refusal(503, "Too much administration at once", 1);
  static final Refusal SCRAPES = new Refusal(503, "Too many scrapes at once", 1);

  static final Refusal FULL = new Refusal(503, "Too many connections are open", 1);

  static final Refusal OUT_OF_DESCRIPTORS =
      new Refusal(503, "The gateway is out of file descriptors", 1);

  Refusal(int status, String message) {
    this(status, message, 0);
  }

  static Refusal tooManyWrongKeys(int retryAfterSeconds) {
    return new Refusal(429, "Too many wrong API keys", retryAfterSeconds);
  }

  static Refusal rateLimited(int retryAfterSeconds) {
    return new Refusal(429, "Rate limit exceeded", retryAfterSeconds);
  }
}
