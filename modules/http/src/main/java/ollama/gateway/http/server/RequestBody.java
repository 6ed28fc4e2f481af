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
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.Rule;
import org.jspecify.annotations.Nullable;

/** The body of the request at hand: taken as it comes, never kept here. */
public final class RequestBody {

  private final Connection connection;
  private final Input input;
  private final BodyDecoder decoder = new BodyDecoder();
  private final Continue interim;
  private Framing framing = Framing.NONE;
  private long maxBytes = Long.MAX_VALUE;
  private long takenBytes;
  private long idleMillis;

  /** Sends {@code 100 Continue} if the client waits for it. */
  interface Continue {
    void send() throws IOException;
  }

  RequestBody(Connection connection, Input input, Continue interim) {
    this.connection = connection;
    this.input = input;
    this.interim = interim;
  }

  void reset(RequestHead head, long idleTimeoutMillis) {
    framing = head.framing();
    decoder.reset(framing);
    maxBytes = Long.MAX_VALUE;
    takenBytes = 0;
    idleMillis = idleTimeoutMillis;
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

  /**
   * Whether all of it is at hand, so that taking it won't wait; false when that isn't sure, and
   * once something was taken. Looks through chunks to find out.
   */
  public boolean wholeAtHand() {
    if (takenBytes > 0) {
      return false;
    }
    BodyDecoder trial = new BodyDecoder();
    trial.reset(framing);
    ByteBuffer scratch = connection.loop().buffers().take();
    try {
      trial.decode(input.bytes().duplicate(), scratch);
      return trial.done();
    } catch (ProtocolException e) {
      // Who takes it will hear of that.
      return false;
    } finally {
      connection.loop().buffers().give(scratch);
    }
  }

  /**
   * Moves payload that is at hand to {@code out}, framed by {@code encoder}.
   *
   * @return the payload's bytes, perhaps 0; as {@link BodyEncoder#encode}
   * @throws ProtocolException when the framing is broken or the bound is passed
   */
  public int take(BodyEncoder encoder, Output out) throws ProtocolException {
    int count = encoder.encode(decoder, input.bytes(), out);
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
  public void await(@Nullable Connection watched) throws IOException {
    interim.send();
    try {
      connection.awaitReadable(watched, EventLoop.deadlineMillis(idleMillis), "the request's body");
    } catch (DeadlineException e) {
      throw new ProtocolException(Rule.BODY_TOO_SLOW);
    } catch (ClosedChannelException e) {
      throw new PeerLeftException("the client's connection was closed", e);
    }
    Exchange.readAhead(connection, input);
  }

  /** Reads the rest and drops it. */
  void skip(Output scratch, BodyEncoder encoder) throws IOException {
    encoder.encode(decoder, input.bytes(), scratch);
    input.release();
    scratch.discard();
  }
}
