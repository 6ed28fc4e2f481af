package ollama.gateway.http.loop;

import java.io.IOException;

/** What was waited for didn't come before its deadline. */
public final class DeadlineException extends IOException {

  private static final long serialVersionUID = 1L;

  /** A missed deadline; {@code what} names what was waited for. */
  public DeadlineException(String what) {
    super(what);
  }
}
