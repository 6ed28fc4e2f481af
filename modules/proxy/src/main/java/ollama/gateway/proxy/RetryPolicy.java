package ollama.gateway.proxy;

import ollama.gateway.ollama.Route;

/**
 * Whether a request may go to another server after a failed attempt: a function of what was sent
 * and what came back, and nothing else.
 */
final class RetryPolicy {

  private static final int NOT_FOUND = 404;
  private static final int BAD_GATEWAY = 502;
  private static final int GATEWAY_TIMEOUT = 504;

  private RetryPolicy() {}

  /** How far a failed attempt got. */
  enum Progress {
    /** No connection was made, so the server has seen nothing. */
    NOT_CONNECTED,
    /** The server may have seen the request, or a part of it, but sent no byte back. */
    NO_RESPONSE,
    /** It sent no byte, and its health checks proved that nobody answers there. */
    DEAD,
    /** It had all the time it was given; another server wouldn't get more. */
    TIMED_OUT,
    /** It answered that it couldn't do it, and nothing of that was passed on. */
    ANSWERED,
    /** Some bytes of a response came. */
    RESPONSE_BEGUN,
    /** It failed for a want of ours, with which another server wouldn't be reached either. */
    OURS
  }

  /**
   * Whether doing the request twice is harmless: it reads, though by POST, or it runs a model.
   *
   * @param method as the client sent it
   */
  static boolean repeatable(String method, Route route) {
    return method.equals("GET")
        || method.equals("HEAD")
        || (method.equals("POST") && (route.kind() == Route.Kind.INFERENCE || route == Route.SHOW));
  }

  /**
   * Whether an answer says no more than that this server couldn't do it, and another may: Ollama
   * with too many requests (503), or what stands in front of it (502, 504). Any other is an answer.
   */
  static boolean isFailure(int status) {
    return status >= BAD_GATEWAY && status <= GATEWAY_TIMEOUT;
  }

  /** Whether an answer says that the server hasn't the model: another model may be asked for. */
  static boolean isMissing(int status) {
    return status == NOT_FOUND;
  }

  /** Whether a request may go elsewhere after such an answer, if there is such a place. */
  static boolean mayLead(int status) {
    return isFailure(status) || isMissing(status);
  }

  /**
   * Whether a server that answers so may have died with the request, as one that closes the
   * connection.
   */
  static boolean isDeath(int status) {
    return status == BAD_GATEWAY || status == GATEWAY_TIMEOUT;
  }

  /**
   * Whether the same server is asked once more, on a new connection: it may have closed the idle
   * one before it saw the request, which says nothing about it. Only repeatable requests whose body
   * will be kept go on idle connections in the first place.
   */
  static boolean wasStale(Progress progress, boolean reused, boolean bodyKept) {
    return reused && progress == Progress.NO_RESPONSE && bodyKept;
  }

  /**
   * Whether another attempt may be made.
   *
   * @param bodyKept whether all that was taken of the request's body can be sent again
   */
  static boolean mayRetry(Progress progress, boolean repeatable, boolean bodyKept) {
    return switch (progress) {
      case NOT_CONNECTED -> bodyKept;
      case NO_RESPONSE, DEAD, ANSWERED -> repeatable && bodyKept;
      case TIMED_OUT, RESPONSE_BEGUN, OURS -> false;
    };
  }
}
