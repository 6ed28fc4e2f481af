package ollama.gateway.demo;

/** A request that gets an error for its answer; the route asked decides on the error's shape. */
final class RefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final boolean early;

  private RefusedException(int status, String message, boolean early) {
    // No stack trace: it is an answer, not a failure.
    super(message, null, false, false);
    this.status = status;
    this.early = early;
  }

  /** Refused for what the request wants. */
  static RefusedException of(int status, String message) {
    return new RefusedException(status, message, false);
  }

  /** Refused for how the request is written; Ollama tells that with another content type. */
  static RefusedException malformed(String message) {
    return new RefusedException(400, message, true);
  }

  int status() {
    return status;
  }

  boolean early() {
    return early;
  }

  /** What the client is told. */
  String text() {
    return String.valueOf(getMessage());
  }
}
