package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import java.util.List;
import ollama.gateway.http.message.Framing;

/**
 * Takes the payload out of one message's body, whatever its framing, as the bytes come.
 *
 * <p>Decoding stops when the input is used up, the output is full or the body is complete; bytes
 * after the body stay in the input. One decoder serves the messages of a connection in turn.
 */
public final class BodyDecoder {

  private final ChunkScanner chunks = new ChunkScanner();
  private Framing.Kind kind = Framing.Kind.NONE;
  private long left;
  private boolean done = true;

  /** A decoder of no body; {@link #reset} gives it one. */
  public BodyDecoder() {}

  /** Starts on a body that is framed so. */
  public void reset(Framing framing) {
    kind = framing.kind();
    left = framing.length();
    done = kind == Framing.Kind.NONE || (kind == Framing.Kind.LENGTH && left == 0);
    chunks.reset();
  }

  /** Whether the whole body has been decoded. */
  public boolean done() {
    return done;
  }

  /** Payload bytes that are still to come, or -1 when only the framing will tell. */
  public long left() {
    return done ? 0 : kind == Framing.Kind.LENGTH ? left : -1;
  }

  /**
   * Whether what is left of the body ends within these bytes, which aren't moved by that. Broken
   * framing has no end.
   */
  public boolean endsWithin(List<ByteBuffer> ahead) {
    if (done) {
      return true;
    }
    return switch (kind) {
      case LENGTH -> left <= ahead.stream().mapToLong(ByteBuffer::remaining).sum();
      case CHUNKED -> lastChunkIsIn(ahead);
      case NONE, UNTIL_CLOSE -> false;
    };
  }

  private boolean lastChunkIsIn(List<ByteBuffer> ahead) {
    ChunkScanner scanner = chunks.copy();
    try {
      for (ByteBuffer piece : ahead) {
        ByteBuffer in = piece.duplicate();
        while (in.hasRemaining()) {
          int data = (int) Math.min(in.remaining(), scanner.dataLeft());
          scanner.dataTaken(data);
          in.position(in.position() + data);
          if (in.hasRemaining() && scanner.scan(in)) {
            return true;
          }
        }
      }
    } catch (ProtocolException e) {
      // Nobody will find its end.
    }
    return false;
  }

  /**
   * Moves payload from {@code in} to {@code out}.
   *
   * @throws ProtocolException when the framing is broken; bytes moved before are valid
   */
  public void decode(ByteBuffer in, ByteBuffer out) throws ProtocolException {
    switch (kind) {
      case NONE -> {}
      case LENGTH -> {
        left -= move(in, out, left);
        done = left == 0;
      }
      case UNTIL_CLOSE -> move(in, out, Long.MAX_VALUE);
      case CHUNKED -> decodeChunks(in, out);
    }
  }

  /**
   * Says that the connection has ended.
   *
   * @throws ProtocolException when the body isn't complete by that
   */
  public void endOfInput() throws ProtocolException {
    if (kind == Framing.Kind.UNTIL_CLOSE) {
      done = true;
    } else if (!done) {
      throw new ProtocolException(Rule.TRUNCATED);
    }
  }

  private void decodeChunks(ByteBuffer in, ByteBuffer out) throws ProtocolException {
    while (!done && in.hasRemaining()) {
      if (chunks.dataLeft() > 0) {
        int moved = move(in, out, chunks.dataLeft());
        if (moved == 0) {
          return;
        }
        chunks.dataTaken(moved);
      } else {
        done = chunks.scan(in);
      }
    }
  }

  private static int move(ByteBuffer in, ByteBuffer out, long max) {
    int count = (int) Math.min(Math.min(in.remaining(), out.remaining()), max);
    out.put(out.position(), in, in.position(), count);
    in.position(in.position() + count);
    out.position(out.position() + count);
    return count;
  }
}
