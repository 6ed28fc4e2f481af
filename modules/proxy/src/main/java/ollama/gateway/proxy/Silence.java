package ollama.gateway.proxy;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.server.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * A request's wait for a server that has said nothing yet, cut into periods of {@code
 * loadBalancer.checkAfterSilenceMillis}. A server that loads a model is as silent as one that
 * hangs, so after each period it is checked out of turn. From one that checks prove dead the
 * request leaves, where it may go to another; else it stays and waits.
 */
final class Silence implements Watch, AutoCloseable {

  /** The server is dead, and the request may go to another one. */
  static final class DeadServerException extends IOException {
    private static final long serialVersionUID = 1L;

    DeadServerException() {
      super("it said nothing, and its health checks fail");
    }
  }

  private final Exchange exchange;
  private final Upstream server;
  private final long periodMillis;
  private final BooleanSupplier mayLeave;
  private final Connection connection;
  private long periodEndNanos;
  private @Nullable Runnable wake;

  /**
   * No wait yet: each begins with {@link #restart}.
   *
   * @param connection waits for the server
   * @param mayLeave whether the request could go elsewhere just now
   */
  Silence(
      Exchange exchange,
      Upstream server,
      Connection connection,
      long periodMillis,
      BooleanSupplier mayLeave) {
    this.exchange = exchange;
    this.server = server;
    this.periodMillis = periodMillis;
    this.mayLeave = mayLeave;
    this.connection = connection;
  }

  /** The server did something. */
  void restart() {
    periodEndNanos = exchange.loop().deadlineAfterMillis(periodMillis);
  }

  /** Until when to wait: for the end of this period, or for a deadline that comes before. */
  long until(long deadlineNanos) {
    return Math.min(periodEndNanos, deadlineNanos);
  }

  /**
   * After a wait until then in vain.
   *
   * @throws DeadlineException the one that is given, when it was the deadline that passed
   * @throws DeadServerException when the server is dead and the request may leave
   */
  void passed(DeadlineException e, long deadlineNanos) throws IOException {
    if (deadlineNanos <= periodEndNanos) {
      throw e;
    }
    if (wake == null) {
      // Only now, and not for each request: most get their answer before.
      wake = connection::nudge;
      server.addOnDeath(wake);
    }
    server.reportSilence();
    restart();
    leaveTheDead();
  }

  @Override
  public @Nullable Connection watched() {
    return exchange.watched();
  }

  /** After each other wait: looks after the client, and after a server that was silent for long. */
  @Override
  public void check() throws IOException {
    exchange.check();
    if (wake != null) {
      leaveTheDead();
    }
  }

  @Override
  public void close() {
    if (wake != null) {
      server.removeOnDeath(wake);
    }
  }

  private void leaveTheDead() throws DeadServerException {
    if (server.dead() && mayLeave.getAsBoolean()) {
      throw new DeadServerException();
    }
  }
}
