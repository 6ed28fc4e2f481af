package ollama.gateway.app.acme;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** No certificate was made; the message says why, in words for a log. */
public final class OrderFailedException extends Exception {

  private static final long serialVersionUID = 1;

  @SuppressWarnings("serial") // Nobody writes it.
  private final Optional<Instant> retryAfter;

  /**
   * A failure.
   *
   * @param retryAfter before when the authority wants no other order, if it says so
   */
  public OrderFailedException(
      String message, Optional<Instant> retryAfter, @Nullable Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
  }

  Optional<Instant> retryAfter() {
    return retryAfter;
  }
}
