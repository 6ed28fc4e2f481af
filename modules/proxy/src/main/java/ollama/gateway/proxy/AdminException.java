package ollama.gateway.proxy;

import java.io.IOException;

/**
 * Administration that couldn't be done; nothing has changed. The message says everything, and is
 * for the log. A client is told less, even one with an admin key: where files lie and how servers
 * are reached is no business of whoever has found a key.
 */
public final class AdminException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String forClient;

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
  }

  /** What went wrong, without paths and addresses. */
  public String forClient() {
    return forClient;
  }
}
