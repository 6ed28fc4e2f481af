package ollama.gateway.proxy;

import java.io.IOException;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.Watch;
import org.jspecify.annotations.Nullable;

/** How long a server is waited for, and who is looked after meanwhile. */
interface Patience extends Watch {

  /** An eye on who asks and nothing else: for when the server has begun to answer. */
  Watch client();

  @Override
  default @Nullable Connection watched() {
    return client().watched();
  }

  @Override
  default void check() throws IOException {
    client().check();
  }

  /** The deadline for taking something of the request, from now on. */
  long taking();

  /** The deadline for the head of an answer, from now on. */
  long answering();

  /** The server did something, or is to do something from now on. */
  default void restart() {}

  /** Until when to wait at once, before {@link #passed} is asked: the deadline or earlier. */
  default long until(long deadlineNanos) {
    return deadlineNanos;
  }

  /**
   * After a wait until then in vain: returns to have it go on.
   *
   * @throws DeadlineException the one that is given, when it was the deadline that passed
   * @throws IOException to give the server up, whatever the deadline
   */
  default void passed(DeadlineException e, long deadlineNanos) throws IOException {
    throw e;
  }
}
