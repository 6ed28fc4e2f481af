package ollama.gateway.proxy;

import java.io.IOException;

/**
 * Administration that couldn't be done; nothing has changed. The message says everything, and is
 * for the log. A client is told less, even one with an admin key: where files lie and how servers
 * are reached is no business of whoever has found a key.
 */
public final class AdminException extends IOException {

  private static final long serialVersionUID = 1L;

  /** The gateway or its file is at fault. */
  private static final int FAILED = 500;

  /** What was asked for doesn't fit what there is (RFC 9110 section 15.5.10). */
  private static final int CONFLICT = 409;

  private final String forClient;
  private final int status;

  /**
   * Makes one.
   *
   * @param message everything, for the log
   * @param forClient what went wrong, without paths and addresses
   * @param cause what it came of
   */
  public AdminException(String message, String forClient, Throwable cause) {
    super(message, cause);
    this.forClient = forClient;
    this.status = FAILED;
  }

  private AdminException(String message) {
    super(message);
    this.forClient = message;
    this.status = CONFLICT;
  }

  /**
   * What was asked for can't be done as things are.
   *
   * @param message why, without paths and addresses
   */
  public static AdminException refused(String message) {
    return new AdminException(message);
  }

  /** The status that tells it to a client. */
  int status() {
    return status;
  }

  /** What went wrong, without paths and addresses. */
  public String forClient() {
    return forClient;
  }
}
