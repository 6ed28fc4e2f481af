package ollama.gateway.http.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.wire.BodyDecoder;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.http.wire.PayloadObserver;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.Rule;
import org.jspecify.annotations.Nullable;

/** The body of the request at hand: taken as it comes, never kept here. */
public final class RequestBody {

  private final Connection connection;
  private final Input input;
  private final BodyDecoder decoder = new BodyDecoder();
  private final Continue interim;
  private long maxBytes = Long.MAX_VALUE;
  private long takenBytes;
  private long idleMillis;
  private boolean dropped;

  /** Sends {@code 100 Continue} if the client waits for it. */
  interface Continue {
    void send() throws PeerLeftException;
  }

  RequestBody(Connection connection, Input input, Continue interim) {
    this.connection = connection;
    this.input = input;
    this.interim = interim;
  }

  void reset(RequestHead head, long idleTimeoutMillis) {
    decoder.reset(head.framing());
    maxBytes = Long.MAX_VALUE;
    takenBytes = 0;
    idleMillis = idleTimeoutMillis;
    dropped = false;
  }

  /**
   * Bounds the body from here on.
   *
   * @param bytes 0 means no bound
   * @throws ProtocolException when its declared length is over the bound already
   */
  public void limit(long bytes) throws ProtocolException {
    maxBytes = bytes == 0 ? Long.MAX_VALUE : bytes;
    if (decoder.left() > maxBytes) {
      throw new ProtocolException(Rule.BODY_TOO_LARGE);
    }
  }

  /** Whether all of it was taken. */
  public boolean done() {
    return decoder.done();
  }

  /** Bytes still to come, or -1 when that isn't known. */
  public long leftBytes() {
    return decoder.left();
  }

  /** Payload bytes taken so far. */
  public long takenBytes() {
    return takenBytes;
  }

  /** Whether bytes from the client are at hand, so that {@link #take} has something to do. */
  public boolean atHand() {
    return !input.isEmpty();
  }

  /** How many bytes were read and not used yet: of its payload, its framing and what follows. */
  public int atHandBytes() {
    return input.unread();
  }

  /** As the next one, shown to nobody. */
  public int take(BodyEncoder encoder, Output out) throws ProtocolException {
    return take(encoder, out, PayloadObserver.NONE);
  }

  /**
   * Moves payload that is at hand to {@code out}, framed by {@code encoder}.
   *
   * @param observer is shown it
   * @return the payload's bytes, perhaps 0; as {@link BodyEncoder#encode}
   * @throws ProtocolException when the framing is broken or the bound is passed
   */
  public int take(BodyEncoder encoder, Output out, PayloadObserver observer)
      throws ProtocolException {
    checkNotDropped();
    return taken(encoder.encode(decoder, input.bytes(), out, observer));
  }

  /**
   * Moves payload that is at hand to {@code to}, as far as there is room, without any framing.
   * Where there is none left, framing is taken all the same, so that the body's end may be found.
   *
   * @return the payload's bytes, perhaps 0
   * @throws ProtocolException when the framing is broken or the bound is passed
   */
  public int take(ByteBuffer to) throws ProtocolException {
    checkNotDropped();
    int start = to.position();
    decoder.decode(input.bytes(), to);
    return taken(to.position() - start);
  }

  private int taken(int count) throws ProtocolException {
    input.release();
    takenBytes += count;
    if (takenBytes > maxBytes) {
      throw new ProtocolException(Rule.BODY_TOO_LARGE);
    }
    return count;
  }

  /**
   * Waits until more is at hand, or until {@code watched} has something to read. Tells a client
   * that waits for {@code 100 Continue} to go on.
   *
   * @throws ProtocolException {@link Rule#BODY_TOO_SLOW}
   * @throws PeerLeftException when the client left
   */
  public void await(@Nullable Connection watched) throws PeerLeftException, ProtocolException {
    checkNotDropped();
    interim.send();
    await(watched, EventLoop.deadlineMillis(idleMillis));
  }

  private void await(@Nullable Connection watched, long deadlineNanos)
      throws PeerLeftException, ProtocolException {
    try {
      connection.awaitReadable(watched, deadlineNanos, "the request's body");
      if (connection.readable() && input.fill() < 0) {
        throw new PeerLeftException();
      }
    } catch (DeadlineException e) {
      throw new ProtocolException(Rule.BODY_TOO_SLOW);
    } catch (PeerLeftException e) {
      throw e;
    } catch (ClosedChannelException e) {
      throw new PeerLeftException("the client's connection was closed", e);
    } catch (IOException e) {
      throw new PeerLeftException("the client's connection failed", e);
    }
  }

  /** Whether all that is left of it was read already; looks through chunks to find out. */
  public boolean endsAtHand() {
    return !dropped && decoder.endsWithin(input.views());
  }

  private void checkNotDropped() {
    if (dropped) {
      throw new IllegalStateException("the body was dropped behind the last answer's head");
    }
  }

  /** The rest of it is lost: whoever wants some now has made a mistake. */
  void drop() {
    dropped = true;
  }

  /**
   * Takes the rest and drops it.
   *
   * @throws ProtocolException {@link Rule#BODY_TOO_SLOW} when it isn't there by then, or another
   *     rule that it breaks
   */
  void skip(Output scratch, long deadlineNanos) throws PeerLeftException, ProtocolException {
    BodyEncoder encoder = new BodyEncoder();
    encoder.reset(Framing.UNTIL_CLOSE);
    while (!done()) {
      if (atHand()) {
        encoder.encode(decoder, input.bytes(), scratch);
        input.release();
        scratch.discard();
      } else {
        // What comes in time ends a wait without a look at the clock, and may be a byte each time.
        if (EventLoop.nanoTime() - deadlineNanos >= 0) {
          throw new ProtocolException(Rule.BODY_TOO_SLOW);
        }
        await(null, deadlineNanos);
      }
    }
  }
}
