package ollama.gateway.http.server;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.TlsHandshake;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.server.ClientPhase.Phase;
import ollama.gateway.http.tls.TlsServer;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.ProxyHeader;
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

  private final HttpServer server;
  private final Connection connection;
  private final Input input;
  private final Output output;
  private final RequestParser parser;
  private final ResponseWriter response;
  private final Exchange exchange;
  private final Place place;
  private final ClientPhase phase;
  private final Optional<Supplier<TlsServer>> tls;
  private Optional<TlsSession> session = Optional.empty();
  private InetAddress client;
  private boolean counted;
  private boolean fresh = true;
  // Those of the request at hand: they may change between two.
  private ServerOptions options;

  ClientConnection(HttpServer server, Connection connection, Place place, Entrance entrance) {
    this.server = server;
    this.place = place;
    this.tls = entrance.tls();
    this.options = server.options();
    this.connection = connection;
    this.client = connection.remote().getAddress();
    this.phase = new ClientPhase(server, connection);
    this.parser = new RequestParser(server.headBudget());
    this.input = new Input(connection, server.aheadBudget());
    this.output = new Output(connection);
    this.response = new ResponseWriter(output, server.clock(), connection.loop());
    this.exchange = new Exchange(server, connection, input, response, place, entrance.local());
  }

  Connection connection() {
    return connection;
  }

  Place place() {
    return place;
  }

  Exchange exchange() {
    return exchange;
  }

  /** Whose it is: who connected, or for whom that says it did. */
  InetAddress client() {
    return client;
  }

  /** Whether it is counted for its client. */
  boolean isCounted() {
    return counted;
  }

  /** Before it is served: whether it was counted for who connected. */
  void counted(boolean forClient) {
    counted = forClient;
  }

  /** What goes on at it. */
  ClientPhase phase() {
    return phase;
  }

  /** Instead of {@link #run}: says that there is no room for this connection, and ends it. */
  void turnAway() {
    try {
      // In TLS it would cost a handshake, which is what there are too many of then.
      if (tls.isEmpty()) {
        answerLast(503, "too many connections from this address", OptionalInt.of(1), ANSWER_MILLIS);
      }
    } finally {
      output.discard();
      input.discard();
      connection.close();
    }
  }

  @Override
  public void run() {
    try {
      boolean open = introduce() && secure();
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
      phase.end();
      output.discard();
      input.discard();
      parser.reset();
      connection.close();
      server.closed(this);
    }
  }

  /**
   * Has a proxy say whose connection it is, where that is to do so; returns whether there may be
   * requests.
   */
  private boolean introduce() throws IOException {
    if (!options.proxies().introduces(client)) {
      return true;
    }
    if (!phase.enter(Phase.SILENT) || server.draining()) {
      return false;
    }
    long deadline = connection.loop().deadlineAfterMillis(options.headMillis());
    Optional<ProxyHeader> header = ProxyIntroduction.await(connection, input, deadline);
    if (header.isEmpty()) {
      return false;
    }
    Optional<InetAddress> named = header.get().client();
    // Else the proxy speaks for itself, or of nobody.
    return named.isEmpty() || isAdmitted(named.get());
  }

  private boolean isAdmitted(InetAddress named) {
    Connections connections = server.connections();
    Connections.Entry entry = connections.enter(named);
    if (entry == Connections.Entry.REFUSED) {
      server.events().crowded(named);
      if (connections.mayTurnAway()) {
        turnAway();
        connections.turnedAway();
      }
      return false;
    }
    connections.leave(this);
    client = named;
    counted = entry == Connections.Entry.COUNTED;
    exchange.client(client);
    return true;
  }

  /** Shakes hands, where TLS is spoken; returns whether there may be requests. */
  private boolean secure() throws IOException {
    if (tls.isEmpty()) {
      return true;
    }
    if (!phase.enter(Phase.SILENT) || server.draining()) {
      return false;
    }
    long deadline = connection.loop().deadlineAfterMillis(options.headMillis());
    if (!TlsStart.await(connection, input, deadline)) {
      return false;
    }
    // It isn't idle from now on.
    phase.since(EventLoop.nanoTime());
    if (!phase.enter(Phase.HEAD)) {
      return false;
    }
    TlsHandshake.Tasks tasks = task -> server.tlsTasks().run(exchange.subscriber(), task);
    try {
      TlsServer speaking = tls.get().get();
      SSLEngine engine = speaking.engine();
      TlsHandshake.run(connection, engine, input.bytes(), tasks, deadline, Watch.NONE);
      if (TlsServer.wasChallenge(engine)) {
        return false;
      }
      TlsSession shaken = TlsSession.of(speaking, engine);
      session = Optional.of(shaken);
      exchange.secured(shaken.names());
      return true;
    } catch (SSLException | DeadlineException e) {
      server.events().handshakeFailed(client, String.valueOf(e.getMessage()));
      return false;
    } finally {
      input.discard();
    }
  }

  /** Serves one request; returns whether another may follow. */
  private boolean serveNext() throws IOException {
    Optional<RequestHead> head = readHead();
    if (head.isEmpty()) {
      return false;
    }
    exchange.reset(head.get(), options);
    if (session.isPresent() && session.get().isOutdated(tls.orElseThrow().get())) {
      // What it would have to show by now, it shows on its next connection.
      exchange.secured(List.of());
      response.closeAfter();
    }
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
      phase.since(loop.turnNanos());
    }
    if (!phase.enter(input.isEmpty() ? waiting : Phase.HEAD)) {
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
          return phase.enter(Phase.REQUEST) ? head : Optional.empty();
        }
      }
      if (!begun && parser.begun()) {
        begun = true;
        phase.since(loop.turnNanos());
        deadline = fresh ? idleDeadline : loop.deadlineAfterMillis(options.headMillis());
      }
      // An empty line may have come: that is no request.
      if (!begun && (!phase.enter(waiting) || server.draining())) {
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
      if (!phase.enter(Phase.HEAD) || input.fill() < 0) {
        return Optional.empty();
      }
    }
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
    phase.since(EventLoop.nanoTime());
    if (!phase.enter(Phase.LINGER)) {
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
      server.events().refused(client, e.rule());
      return false;
    }
  }

  /** Answers a broken rule, as far as that is still possible; the connection ends with it. */
  private void refuse(Rule rule) {
    server.events().refused(client, rule);
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
      String date = server.clock().date();
      boolean forPages = options.openToPages();
      LastAnswer.write(output, date, status, text, retryAfterSeconds, forPages);
      output.flush(ANSWER_MILLIS);
      phase.since(EventLoop.nanoTime());
      if (!phase.enter(Phase.LINGER)) {
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
