package ollama.gateway.http.client;

import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.wire.BodyDecoder;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.ResponseParser;
import ollama.gateway.http.wire.Rule;

/**
 * A connection to an upstream server, for one request at a time.
 *
 * <pre>
 *   output()... flush  -->  awaitHead (again after an interim one)  -->  read until body().done()
 *   -->  release() or close()
 * </pre>
 */
public final class UpstreamConnection implements AutoCloseable {

  /** Interim responses to one request; a server that sends more is not to be trusted. */
  private static final int INTERIM_MAX = 16;

  private final Connection connection;
  private final UpstreamPool pool;
  private final UpstreamOrigin origin;
  private final Input input;
  private final Output output;
  private final ResponseParser parser = new ResponseParser();
  private final BodyDecoder body = new BodyDecoder();
  private boolean reused;
  private boolean responseBegun;
  private boolean reusable;
  private int interimCount;
  // Of the pool: kept here, so that going back into it makes no garbage.
  private final Runnable whenIdle;
  private long idleSinceNanos;

  UpstreamConnection(Connection connection, UpstreamPool pool, UpstreamOrigin origin) {
    this.connection = connection;
    this.pool = pool;
    this.origin = origin;
    this.input = new Input(connection);
    this.output = new Output(connection);
    this.whenIdle = () -> pool.dropUnlessQuiet(this);
  }

  /** Whether it carried a request before, so that the server may have closed it meanwhile. */
  public boolean reused() {
    return reused;
  }

  /** Whether any byte of a response to this request came. */
  public boolean responseBegun() {
    return responseBegun || !input.isEmpty();
  }

  /** The connection underneath, to wait with. */
  public Connection connection() {
    return connection;
  }

  /** Where the request is written to. */
  public Output output() {
    return output;
  }

  /** The response's body, as its head declared it. */
  public BodyDecoder body() {
    return body;
  }

  /** Bytes of the response's body that came and weren't decoded yet. */
  public Input input() {
    return input;
  }

  /**
   * Waits for the first byte of the response, if none came yet.
   *
   * @param watch an eye on another connection meanwhile, the client's as a rule
   * @throws ollama.gateway.http.loop.DeadlineException when none came by {@code deadlineNanos}; it
   *     may be waited for again
   * @throws EOFException when the server closed the connection instead
   */
  public void awaitFirstByte(Watch watch, long deadlineNanos) throws IOException {
    while (!responseBegun()) {
      awaitMore(watch, deadlineNanos);
    }
  }

  /**
   * Waits for the next head, interim or final.
   *
   * @param toHead whether the request was a HEAD
   * @param watch an eye on another connection meanwhile, the client's as a rule
   * @throws ollama.gateway.http.loop.DeadlineException when it isn't whole by {@code deadlineNanos}
   * @throws ProtocolException when it is malformed, or one interim head too many
   * @throws EOFException when the server closed the connection instead
   */
  public ResponseHead awaitHead(boolean toHead, HeadLimits limits, Watch watch, long deadlineNanos)
      throws IOException {
    parser.reset();
    reusable = false;
    while (true) {
      if (!input.isEmpty()) {
        responseBegun = true;
        Optional<ResponseHead> head = parser.parse(input.bytes(), limits, toHead);
        input.release();
        if (head.isPresent()) {
          if (head.get().interim() && ++interimCount > INTERIM_MAX) {
            throw new ProtocolException(Rule.TOO_MANY_INTERIM);
          }
          body.reset(head.get().framing());
          // Behind an interim response the final one is still to come.
          reusable = head.get().keepAlive() && !head.get().interim();
          return head.get();
        }
      }
      awaitMore(watch, deadlineNanos);
    }
  }

  private void awaitMore(Watch watch, long deadlineNanos) throws IOException {
    connection.awaitReadable(watch.watched(), deadlineNanos, "the server's answer");
    watch.check();
    if (connection.readable() && input.fill() < 0) {
      throw new EOFException("the server closed the connection before it answered");
    }
  }

  /**
   * Ends the use: back into the pool if the response was read whole and nothing is left, else
   * closed; with a reset where the request wasn't sent whole, since a server that doesn't take it
   * would keep the descriptor for long.
   *
   * @param requestSent whether the whole request was written
   */
  public void release(boolean requestSent) {
    boolean clean =
        requestSent
            && reusable
            && body.done()
            && input.isEmpty()
            && output.isEmpty()
            && connection.isOpen()
            && quiet();
    if (clean) {
      pool.put(this);
    } else if (requestSent) {
      close();
    } else {
      discard();
      connection.abort();
    }
  }

  /** Closes; the server stops working on the request when it notices. */
  @Override
  public void close() {
    discard();
    connection.close();
  }

  private void discard() {
    output.discard();
    input.discard();
  }

  /** What to do when something comes while it is idle. */
  Runnable whenIdle() {
    return whenIdle;
  }

  void idleSince(long nanos) {
    idleSinceNanos = nanos;
  }

  long idleSinceNanos() {
    return idleSinceNanos;
  }

  UpstreamOrigin origin() {
    return origin;
  }

  /**
   * Whether the server neither said anything unasked nor left; to be asked between requests. Looks
   * for itself where it might: a read that filled its buffer says so too, and on the fallback
   * scheduler the loop may tell of bytes that were read meanwhile.
   */
  boolean quiet() {
    if (!connection.readable()) {
      return true;
    }
    try {
      return input.fill() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Makes ready for the next request. */
  void reuse() {
    reused = true;
    responseBegun = false;
    reusable = false;
    interimCount = 0;
  }
}
