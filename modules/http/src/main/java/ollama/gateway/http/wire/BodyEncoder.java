package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.message.Framing;

/** Frames payload for one message's body as it passes. */
public final class BodyEncoder {

  /** Digits of the largest chunk written here, and CR LF. */
  private static final int CHUNK_HEAD_BYTES = 6;

  private static final int CHUNK_OVERHEAD_BYTES = CHUNK_HEAD_BYTES + 2;
  private static final int CHUNK_BYTES_MAX = 0xffff;
  private static final int PAYLOAD_BYTES_MAX = BufferPool.READ_BYTES;
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private boolean chunked;

  /** An encoder; {@link #reset} tells it the framing. */
  public BodyEncoder() {}

  /** Starts on a body that is framed so. */
  public void reset(Framing framing) {
    chunked = framing.kind() == Framing.Kind.CHUNKED;
  }

  /** Whether payload is written as chunks. */
  public boolean chunked() {
    return chunked;
  }

  /**
   * Moves the payload that {@code source} finds in {@code in} behind what waits in {@code out}: one
   * chunk for all of it, or none when there was no payload.
   *
   * @return the payload's bytes; they are the last ones in {@code out}, but for a chunk's CR LF
   * @throws ProtocolException from {@code source}; nothing is appended then
   */
  public int encode(BodyDecoder source, ByteBuffer in, ByteSink out) throws ProtocolException {
    return encode(source, in, out, PayloadObserver.NONE);
  }

  /**
   * As above.
   *
   * @param observer is shown the payload
   */
  public int encode(BodyDecoder source, ByteBuffer in, ByteSink out, PayloadObserver observer)
      throws ProtocolException {
    int max = Math.min(in.remaining(), PAYLOAD_BYTES_MAX);
    ByteBuffer to = out.room(max + CHUNK_OVERHEAD_BYTES + LAST_CHUNK.length);
    int start = to.position();
    int limit = to.limit();
    int payloadFrom = start + (chunked ? CHUNK_HEAD_BYTES : 0);
    to.position(payloadFrom).limit(payloadFrom + max);
    boolean decoded = false;
    try {
      source.decode(in, to);
      decoded = true;
    } finally {
      to.limit(limit);
      if (!decoded) {
        to.position(start);
      }
    }
    int payload = to.position() - payloadFrom;
    if (payload > 0) {
      observer.passes(to, payloadFrom, payload);
    }
    if (chunked) {
      closeChunk(to, start, payload);
    }
    return payload;
  }

  /** Appends payload from an array, as one chunk or as many as it takes. */
  public void encode(byte[] payload, int from, int count, ByteSink out) {
    int chunks = chunked ? Math.ceilDiv(count, CHUNK_BYTES_MAX) : 0;
    ByteBuffer to = out.room(count + chunks * CHUNK_OVERHEAD_BYTES);
    if (!chunked) {
      to.put(payload, from, count);
      return;
    }
    for (int at = 0; at < count; at += CHUNK_BYTES_MAX) {
      int size = Math.min(CHUNK_BYTES_MAX, count - at);
      int start = to.position();
      to.position(start + CHUNK_HEAD_BYTES).put(payload, from + at, size);
      closeChunk(to, start, size);
    }
  }

  /** Appends what ends the body. */
  public void end(ByteSink out) {
    if (chunked) {
      out.room(LAST_CHUNK.length).put(LAST_CHUNK);
    }
  }

  /** Puts the chunk's head right before its payload, which moves to close the gap, and CR LF. */
  private static void closeChunk(ByteBuffer to, int start, int payload) {
    if (payload == 0) {
      to.position(start);
      return;
    }
    int digits = (Integer.SIZE - Integer.numberOfLeadingZeros(payload) + 3) / 4;
    int payloadFrom = start + digits + 2;
    if (payloadFrom != start + CHUNK_HEAD_BYTES) {
      to.put(payloadFrom, to, start + CHUNK_HEAD_BYTES, payload);
    }
    for (int i = digits - 1, rest = payload; i >= 0; i--, rest >>>= 4) {
      to.put(start + i, HEX[rest & 0xf]);
    }
    to.put(start + digits, (byte) '\r').put(start + digits + 1, (byte) '\n');
    to.position(payloadFrom + payload).put((byte) '\r').put((byte) '\n');
  }
}
