package ollama.gateway.proxy;

import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;
import ollama.gateway.http.client.UpstreamConnection;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.HeadLimits;

/**
 * One request to a server, up to the head of its answer. Who asks, and what becomes of the answer,
 * is its user's business.
 *
 * <pre>
 *   output()... flush()...  -->  finish()  -->  awaitHead()  -->  its connection's body  -->  close()
 * </pre>
 *
 * <p>A server may answer before it has the whole request, or close: sending ends with an exception
 * then, and {@link #awaitHead} tells what it said.
 */
final class UpstreamCall implements AutoCloseable {

  /** How long a client isn't watched of whom too much was read ahead when a wait began. */
  private static final long UNWATCHED_MILLIS = 1_000;

  /** Where the final head of the answer comes from. */
  private interface FinalHead {
    ResponseHead get() throws IOException;
  }

  /** Is told each interim answer. */
  interface InterimListener {

    /** Tells nobody. */
    InterimListener NONE = head -> {};

    void heard(ResponseHead head) throws PeerLeftException;
  }

  /** The server answered before it had the whole request, or closed: no more is sent to it. */
  static final class EarlyAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    EarlyAnswerException() {
      super("the server answered early");
    }
  }

  private final UpstreamConnection upstream;
  private final Patience patience;
  private final boolean toHead;
  private final InterimListener interim;
  private Optional<FinalHead> heard = Optional.empty();
  private boolean sent;

  /**
   * A request that isn't written yet.
   *
   * @param toHead whether it is a HEAD
   */
  UpstreamCall(
      UpstreamConnection upstream, Patience patience, boolean toHead, InterimListener interim) {
    this.upstream = upstream;
    this.patience = patience;
    this.toHead = toHead;
    this.interim = interim;
  }

  /** The connection underneath: what comes behind the head is read from it. */
  UpstreamConnection connection() {
    return upstream;
  }

  /** Where the request is written to. */
  Output output() {
    return upstream.output();
  }

  /**
   * Sends what was written.
   *
   * @throws EarlyAnswerException when the server has said its last word
   * @throws DeadlineException when it took nothing for too long
   * @throws IOException when the connection failed; it may have said something before
   */
  void flush() throws IOException {
    long deadline = Timer.NEVER;
    int left = Integer.MAX_VALUE;
    while (!upstream.output().tryFlush()) {
      if (upstream.output().size() < left) {
        // Only what it takes puts the deadline off, not what else may end a wait.
        left = upstream.output().size();
        deadline = patience.taking();
        patience.restart();
      }
      awaitTaking(deadline);
      patience.check();
      listen();
    }
  }

  private void awaitTaking(long deadline) throws IOException {
    Connection watched = patience.watched();
    long until = patience.until(deadline);
    long again = watched == null ? EventLoop.deadlineMillis(UNWATCHED_MILLIS) : Timer.NEVER;
    try {
      upstream.connection().awaitWritable(true, watched, Math.min(until, again));
    } catch (DeadlineException e) {
      if (until <= again) {
        patience.passed(e, deadline);
      }
    }
  }

  /**
   * Hears what the server says before it has the whole request. Interim answers change nothing; its
   * final one, or its end, means that it wants no more.
   *
   * @throws EarlyAnswerException when that came
   */
  void listen() throws EarlyAnswerException, PeerLeftException {
    try {
      if (upstream.connection().readable() && upstream.input().fill() < 0) {
        throw new EOFException();
      }
      if (!upstream.input().isEmpty()) {
        long deadline = patience.answering();
        ResponseHead head = awaitNextHead(deadline);
        while (head.interim() && !upstream.input().isEmpty()) {
          head = awaitNextHead(deadline);
        }
        if (!head.interim()) {
          ResponseHead last = head;
          heard = Optional.of(() -> last);
        }
      }
    } catch (PeerLeftException e) {
      throw e;
    } catch (IOException e) {
      heard =
          Optional.of(
              () -> {
                throw e;
              });
    }
    if (heard.isPresent()) {
      throw new EarlyAnswerException();
    }
  }

  /**
   * Sends the rest, behind which the connection may be used again.
   *
   * @throws IOException as {@link #flush}
   */
  void finish() throws IOException {
    flush();
    sent = true;
  }

  /** Whether the server has the whole request. */
  boolean sent() {
    return sent;
  }

  /**
   * Waits for the head of the final answer. The client, if there is one, is looked after.
   *
   * @throws DeadlineException when it didn't come in time
   * @throws ollama.gateway.http.wire.ProtocolException when it broke a rule
   * @throws IOException when the connection ended
   */
  ResponseHead awaitHead() throws IOException {
    if (heard.isPresent()) {
      return heard.get().get();
    }
    long deadline = patience.answering();
    awaitFirstByte(deadline);
    ResponseHead head = awaitNextHead(deadline);
    while (head.interim()) {
      head = awaitNextHead(deadline);
    }
    return head;
  }

  private void awaitFirstByte(long deadline) throws IOException {
    patience.restart();
    while (!upstream.responseBegun()) {
      try {
        upstream.awaitFirstByte(patience, patience.until(deadline));
      } catch (DeadlineException e) {
        patience.passed(e, deadline);
      }
    }
  }

  /** The next head; an interim one has been told when this returns. */
  private ResponseHead awaitNextHead(long deadline) throws IOException {
    ResponseHead head = upstream.awaitHead(toHead, HeadLimits.DEFAULT, patience.client(), deadline);
    if (head.interim()) {
      interim.heard(head);
    }
    return head;
  }

  /** Ends it: the connection is kept for others where nothing is left over, else closed. */
  @Override
  public void close() {
    upstream.release(sent);
  }
}
