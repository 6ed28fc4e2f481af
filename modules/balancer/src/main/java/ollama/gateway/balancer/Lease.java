package ollama.gateway.balancer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A request's stay with a server; while it lasts, the request counts as in flight there. Belongs
 * into a try statement, so that it is given back whatever happens.
 */
public final class Lease implements AutoCloseable {
  private static final VarHandle CLOSED;

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(Lease.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Upstream server;

  @SuppressWarnings("unused") // by CLOSED
  private volatile boolean closed;

  Lease(Upstream server) {
    this.server = server;
  }

  /**
   * The server that was picked.
   *
   * @return the same one always, after {@link #close} too
   */
  public Upstream server() {
    return server;
  }

  /** Has the server asked soon which models are loaded there, since that has just changed. */
  public void loadedOne() {
    long _ = server.stock().ask();
  }

  /** Gives the server back. Only the first call does anything; safe from any thread. */
  @Override
  public void close() {
    if (CLOSED.compareAndSet(this, false, true)) {
      server.giveBack();
    }
  }
}
