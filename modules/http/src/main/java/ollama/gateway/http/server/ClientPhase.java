package ollama.gateway.http.server;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.EventLoop;

/**
 * What goes on at a client's connection, and so whether it may be closed for another one.
 *
 * <p>Who ends a phase, the connection's thread or whoever wants to close it, sets the next; the
 * other finds that done.
 */
final class ClientPhase {

  /** Before a connection that just came, or just had its last answer, may be closed for another. */
  private static final long MOMENT_NANOS = 100_000_000;

  /** The same for one that has sent a part of a head; most heads come in one packet. */
  private static final long SLOW_HEAD_NANOS = 1_000_000_000;

  /**
   * What goes on.
   *
   * <pre>
   *   NEW --> SILENT --first byte--> HEAD --last byte--> REQUEST --answer--> IDLE --> HEAD …
   *                                                     REQUEST, HEAD --last answer--> LINGER
   *   SILENT, IDLE, HEAD, LINGER --closed to make room--> TAKEN
   *   SILENT, IDLE --closed by a drain--> TAKEN
   *   any --the end--> TAKEN
   * </pre>
   */
  enum Phase {
    /** Its thread hasn't looked yet. */
    NEW,
    /** It never asked for anything: it can be closed without loss. */
    SILENT,
    /** Between requests, with nothing received: it can be closed without loss. */
    IDLE,
    HEAD,
    REQUEST,
    /** Its answer is out, and what still comes is dropped. */
    LINGER,
    TAKEN
  }

  private final HttpServer server;
  private final Connection connection;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.NEW);
  // When it came, or its phase began: an idle, a lingering or a head's.
  private volatile long sinceNanos = EventLoop.nanoTime();

  ClientPhase(HttpServer server, Connection connection) {
    this.server = server;
    this.connection = connection;
  }

  /** Begins a phase; false when somebody closes the connection. */
  boolean enter(Phase next) {
    Phase now = phase.get();
    return now != Phase.TAKEN && (now == next || phase.compareAndSet(now, next));
  }

  /** It is over: nobody is to find it idle any more, and wait for its end. */
  void end() {
    phase.set(Phase.TAKEN);
  }

  /** From now on counts for how long it lasts. */
  void since(long nanos) {
    sinceNanos = nanos;
  }

  /**
   * Whether the connection can be closed for another one: nothing is going on, or nothing but
   * lingering, or what it began to say doesn't get on. Who just came may have its request on its
   * way, and whose last answer just went out may be taking it: these have a moment.
   */
  boolean givesWay(long nowNanos) {
    Phase now = phase.get();
    long nanos = nowNanos - sinceNanos;
    return now == Phase.IDLE
        || (now == Phase.HEAD && nanos >= SLOW_HEAD_NANOS)
        || ((now == Phase.SILENT || now == Phase.LINGER) && nanos >= MOMENT_NANOS);
  }

  /** Since when that is so, or will be. */
  long sinceNanos() {
    return sinceNanos;
  }

  /** Whether a part of a head is here. */
  boolean headBegun() {
    return phase.get() == Phase.HEAD;
  }

  /**
   * Closes, soon, if it still gives way since then; false when it is known not to. Its loop
   * decides, because that has seen by then what came in time, and tells the server either way.
   */
  boolean closeIfWaitingSince(long nanos, Shortage why) {
    if (sinceNanos != nanos || !givesWay(EventLoop.nanoTime())) {
      return false;
    }
    closeSoon(
        () -> sinceNanos == nanos && (closeIfQuiet() || closeIfHeadRests()),
        () -> server.events().idleClosed(why));
    return true;
  }

  /** The same if its head isn't whole yet, though it had a moment for that. */
  boolean closeIfHeadIsAwaited() {
    boolean hadItsMoment = EventLoop.nanoTime() - sinceNanos >= MOMENT_NANOS;
    if (!hadItsMoment || phase.get() == Phase.REQUEST) {
      return false;
    }
    closeSoon(() -> closeIfQuiet() || closeIf(Phase.HEAD), () -> {});
    return true;
  }

  /** Closes if nothing is going on; to be called on the loop's thread. */
  void closeIfIdle() {
    boolean _ = closeIf(Phase.IDLE) || closeIf(Phase.SILENT);
  }

  private void closeSoon(BooleanSupplier closed, Runnable then) {
    Runnable decision =
        () -> {
          if (closed.getAsBoolean()) {
            then.run();
          } else {
            server.lookForRoom();
          }
        };
    // What a task queues runs behind the next selection, which sees what came before this.
    connection.loop().execute(() -> connection.loop().execute(decision));
  }

  private boolean closeIfQuiet() {
    // What the loop has seen is the beginning of a request, unless it is lingered for.
    return closeIf(Phase.LINGER)
        || (!connection.readable() && (closeIf(Phase.IDLE) || closeIf(Phase.SILENT)));
  }

  private boolean closeIfHeadRests() {
    return !connection.readable() && closeIf(Phase.HEAD);
  }

  private boolean closeIf(Phase expected) {
    if (!phase.compareAndSet(expected, Phase.TAKEN)) {
      return false;
    }
    connection.close();
    return true;
  }
}
