package ollama.gateway.http.server;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.RequestParser;
import ollama.gateway.http.wire.Rule;

/**
 * One client connection, from accept to close: a loop of reading a head, handling, finishing.
 *
 * <p>The one place where failures become an answer or a closed connection: see {@link #run}.
 */
final class ClientConnection implements Runnable {

  /** For an answer to a client that broke a rule, or that is turned away, to be taken by it. */
  private static final long ANSWER_MILLIS = 2_000;

  /** A client that was silent for so long behind its last answer sends no more. */
  private static final long SILENCE_MILLIS = 5_000;

  /** Before a connection that just came, or just had its last answer, may be closed for another. */
  private static final long MOMENT_NANOS = 100_000_000;

  /** The same for one that has sent a part of a head; most heads come in one packet. */
  private static final long SLOW_HEAD_NANOS = 1_000_000_000;

  private final HttpServer server;
  private final Connection connection;
  private final Input input;
  private final Output output;
  private final RequestParser parser;
  private final ResponseWriter response;
  private final Exchange exchange;
  private final Place place;
  // Who ends a phase, this connection's thread or whoever wants to close it, sets the next; the
  // other finds that done.
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.NEW);
  // When it came, or its phase began: an idle, a lingering or a head's.
  private volatile long sinceNanos = EventLoop.nanoTime();
  private boolean fresh = true;
  // Those of the request at hand: they may change between two.
  private ServerOptions options;

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
  private enum Phase {
    /** Its thread hasn't looked yet. */
    NEW,
    /** It never said anything: it can be closed without loss. */
    SILENT,
    /** Between requests, with nothing received: it can be closed without loss. */
    IDLE,
    HEAD,
    REQUEST,
    /** Its answer is out, and what still comes is dropped. */
    LINGER,
    TAKEN
  }

  ClientConnection(HttpServer server, Connection connection, Place place) {
    this.server = server;
    this.place = place;
    this.options = server.options();
    this.connection = connection;
    this.parser = new RequestParser(server.headBudget());
    this.input = new Input(connection, server.aheadBudget());
    this.output = new Output(connection);
    this.response = new ResponseWriter(output, server.clock());
    this.exchange = new Exchange(connection, input, response, server::draining, place);
  }

  Connection connection() {
    return connection;
  }

  Place place() {
    return place;
  }

  /**
   * Whether it can be closed for another one: nothing is going on, or nothing but lingering, or
   * what it began to say doesn't get on. Who just came may have its request on its way, and whose
   * last answer just went out may be taking it: these have a moment.
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

  /** Closes if nothing is going on; to be called on the loop's thread. */
  void closeIfIdle() {
    boolean _ = closeIf(Phase.IDLE) || closeIf(Phase.SILENT);
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

  /** Instead of {@link #run}: says that there is no room for this connection, and ends it. */
  void turnAway() {
    try {
      answerLast(503, "too many connections from this address", OptionalInt.of(1), ANSWER_MILLIS);
    } finally {
      output.discard();
      input.discard();
      connection.close();
    }
  }

  @Override
  public void run() {
    try {
      boolean open = true;
      while (open) {
        open = serveNext();
      }
    } catch (ProtocolException e) {
      refuse(e.rule());
    } catch (IOException e) {
      cut();
    } catch (RuntimeException | Error e) {
      server.events().failed(e);
      cut();
    } finally {
      // Nobody is to find it idle any more, and wait for its end.
      phase.set(Phase.TAKEN);
      output.discard();
      input.discard();
      parser.reset();
      connection.close();
      server.closed(this);
    }
  }

  /** Serves one request; returns whether another may follow. */
  private boolean serveNext() throws IOException {
    Optional<RequestHead> head = readHead();
    if (head.isEmpty()) {
      return false;
    }
    exchange.reset(head.get(), options);
    handle();
    return finish();
  }

  private Optional<RequestHead> readHead() throws IOException {
    parser.reset();
    options = server.options();
    EventLoop loop = connection.loop();
    long idleDeadline =
        loop.deadlineAfterMillis(fresh ? options.headMillis() : options.keepAliveMillis());
    long deadline = idleDeadline;
    Phase waiting = fresh ? Phase.SILENT : Phase.IDLE;
    if (!fresh) {
      sinceNanos = loop.turnNanos();
    }
    if (!enter(input.isEmpty() ? waiting : Phase.HEAD)) {
      return Optional.empty();
    }
    boolean begun = false;
    while (true) {
      if (!begun && !input.isEmpty()) {
        // Anew: a reload may lie between the last request and this one.
        options = server.options();
      }
      while (!input.isEmpty()) {
        Optional<RequestHead> head = parser.parse(input.bytes(), options.head());
        input.release();
        if (head.isPresent()) {
          fresh = false;
          return enter(Phase.REQUEST) ? head : Optional.empty();
        }
      }
      if (!begun && parser.begun()) {
        begun = true;
        sinceNanos = loop.turnNanos();
        deadline = fresh ? idleDeadline : loop.deadlineAfterMillis(options.headMillis());
      }
      // An empty line may have come: that is no request.
      if (!begun && (!enter(waiting) || server.draining())) {
        return Optional.empty();
      }
      try {
        connection.awaitReadable(null, deadline, "request head");
      } catch (DeadlineException e) {
        if (begun) {
          throw new ProtocolException(Rule.HEAD_TOO_SLOW);
        }
        return Optional.empty();
      }
      if (!enter(Phase.HEAD) || input.fill() < 0) {
        return Optional.empty();
      }
    }
  }

  /** Begins a phase; false when somebody closes this connection. */
  private boolean enter(Phase next) {
    Phase now = phase.get();
    return now != Phase.TAKEN && (now == next || phase.compareAndSet(now, next));
  }

  /** Calls the handler; a failure before any byte was sent becomes a plain answer. */
  private void handle() throws IOException {
    try {
      server.handler().handle(exchange);
      if (!response.ended()) {
        throw new IllegalStateException("a handler returned without a complete answer");
      }
    } catch (PeerLeftException | ProtocolException e) {
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      if (response.sent()) {
        throw e;
      }
      server.events().failed(e);
      response.withdraw();
      response.closeAfter();
      response.respond(500, Optional.of(LastAnswer.JSON), LastAnswer.body("internal error"));
    }
  }

  /** Drops what is left of the body; returns whether the connection can be used again. */
  private boolean finish() throws IOException {
    RequestBody body = exchange.body();
    if (body.done() && response.keepAlive()) {
      return true;
    }
    long deadline = EventLoop.deadlineMillis(options.lingerWithinMillis());
    sinceNanos = EventLoop.nanoTime();
    if (!enter(Phase.LINGER)) {
      return false;
    }
    // What is there already is read to its end in any case.
    boolean worthwhile = response.keepAlive() || body.endsAtHand();
    boolean whole = body.done() || (worthwhile && skip(body, deadline));
    if (whole && response.keepAlive()) {
      return true;
    }
    if (!whole || exchange.nextDropped() || !input.isEmpty() || input.fill() > 0) {
      linger(deadline);
    }
    return false;
  }

  private boolean skip(RequestBody body, long deadline) throws IOException {
    try {
      body.skip(output, deadline);
      return true;
    } catch (ProtocolException e) {
      // The request has its answer; a second one would be taken for that of the next request.
      server.events().refused(connection.remote().getAddress(), e.rule());
      return false;
    }
  }

  /** Answers a broken rule, as far as that is still possible; the connection ends with it. */
  private void refuse(Rule rule) {
    server.events().refused(connection.remote().getAddress(), rule);
    if (response.sent() && !response.ended()) {
      cut();
      return;
    }
    answerLast(rule.status(), rule.text(), OptionalInt.empty(), options.lingerWithinMillis());
  }

  private void answerLast(
      int status, String text, OptionalInt retryAfterSeconds, long lingerMillis) {
    try {
      output.discard();
      LastAnswer.write(output, server.clock().date(), status, text, retryAfterSeconds);
      output.flush(ANSWER_MILLIS);
      sinceNanos = EventLoop.nanoTime();
      if (!enter(Phase.LINGER)) {
        return;
      }
      linger(EventLoop.deadlineMillis(lingerMillis));
    } catch (IOException e) {
      // The client didn't wait for the answer.
    }
  }

  /**
   * Closes the sending side and drops what still comes: closing with unread bytes would reset the
   * connection, and the client could lose the answer (RFC 9112 section 9.6). That goes on as long
   * as the client sends, because many read no answer before they have sent all, but not longer than
   * the deadline.
   */
  private void linger(long deadline) throws IOException {
    connection.shutdownOutput();
    input.discard();
    try {
      while (EventLoop.nanoTime() - deadline < 0) {
        long silence = EventLoop.deadlineMillis(SILENCE_MILLIS);
        long earlier = silence - deadline < 0 ? silence : deadline;
        connection.awaitReadable(null, earlier, "the client's end");
        if (input.fill() < 0) {
          return;
        }
        input.discard();
      }
    } catch (DeadlineException e) {
      // It had its time.
    }
  }

  /** Makes sure that a client can't take a cut answer for a whole one. */
  private void cut() {
    if (response.sent() && response.framing().kind() == Framing.Kind.UNTIL_CLOSE) {
      connection.abort();
    }
  }
}
