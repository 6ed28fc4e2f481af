package ollama.gateway.proxy;

import java.io.IOException;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.server.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * A request's wait for a server that has said nothing yet, cut into periods of {@code
 * loadBalancer.checkAfterSilenceMillis}. A server that loads a model is as silent as one that
 * hangs, so after each period it is checked out of turn. From one that is found dead, by a check or
 * by another request that can't connect, the request leaves, where it may go to another; else it
 * stays and waits.
 */
final class Silence implements Patience, AutoCloseable {

  /** The request's way to another server. */
  interface Exit {
    /** Whether the request could go elsewhere just now. */
    boolean isOpen();

    /**
     * Whether the request goes elsewhere because the server couldn't do it; if not, the client gets
     * that answer.
     *
     * @param status one of {@link RetryPolicy#mayLead}
     */
    default boolean isTakenAfter(int status) {
      return false;
    }
  }

  /** The server is dead, and the request may go to another one. */
  static final class DeadServerException extends IOException {
    private static final long serialVersionUID = 1L;

    DeadServerException() {
      super("it said nothing, and nobody answers there any more");
    }
  }

  private final Exchange exchange;
  private final Watch client;
  private final Upstream server;
  private final GatewayConfig config;
  private final Exit exit;
  private final Connection connection;
  private final Heartbeat heartbeat;
  private long periodEndNanos;
  private @Nullable Runnable wake;

  /**
   * No wait yet: each begins with {@link #restart}.
   *
   * @param connection waits for the server
   * @param exit for when the server is dead
   */
  Silence(Call call, Upstream server, Connection connection, Exit exit) {
    this(call, server, connection, exit, call.exchange());
  }

  /**
   * The same where several threads wait for one request, of which only one may look after the
   * client.
   *
   * @param client the eye that this one has
   */
  Silence(Call call, Upstream server, Connection connection, Exit exit, Watch client) {
    this.exchange = call.exchange();
    this.client = client;
    this.server = server;
    this.connection = connection;
    this.exit = exit;
    this.config = call.settings().config();
    this.heartbeat = call.heartbeat();
  }

  @Override
  public Watch client() {
    return client;
  }

  @Override
  public long taking() {
    return exchange.loop().deadlineAfterMillis(config.timeouts().upstreamIdleSeconds() * 1000L);
  }

  @Override
  public long answering() {
    return exchange.loop().deadlineAfterMillis(config.timeouts().firstByteSeconds() * 1000L);
  }

  @Override
  public void restart() {
    periodEndNanos =
        exchange.loop().deadlineAfterMillis(config.loadBalancer().checkAfterSilenceMillis());
  }

  /** The end of this period, a sign of life, or a deadline that comes before. */
  @Override
  public long until(long deadlineNanos) {
    return Math.min(heartbeat.nextNanos(), Math.min(periodEndNanos, deadlineNanos));
  }

  /**
   * {@inheritDoc}
   *
   * @throws DeadServerException when the server is dead and the request may leave
   */
  @Override
  public void passed(DeadlineException e, long deadlineNanos) throws IOException {
    if (heartbeat.nextNanos() < Math.min(periodEndNanos, deadlineNanos)) {
      heartbeat.beat();
      return;
    }
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

  /** After each other wait: looks after the client, and after a server that was silent for long. */
  @Override
  public void check() throws IOException {
    client.check();
    // What is here already is heard, whatever was found out meanwhile.
    if (wake != null && !connection.readable()) {
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
    if (server.dead() && exit.isOpen()) {
      throw new DeadServerException();
    }
  }
}
