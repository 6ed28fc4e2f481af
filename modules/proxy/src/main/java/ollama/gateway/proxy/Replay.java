package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import ollama.gateway.http.loop.BufferPool;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.wire.BodyEncoder;

/** What was taken of a request's body so far, kept for another attempt while it is small enough. */
final class Replay {

  private static final byte[] NOTHING = {};
  private static final int FIRST_BYTES_MAX = 64 * 1024;

  private final int maxBytes;
  private byte[] kept = NOTHING;
  private int size;
  private boolean whole = true;

  /** Keeps at most {@code maxBytes}; what is larger can't be sent again. */
  Replay(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Whether everything taken so far can be sent again. */
  boolean whole() {
    return whole;
  }

  /** Forgets all, because it won't be needed; the memory is free from now on. */
  void drop() {
    whole = size == 0 && whole;
    kept = NOTHING;
    size = 0;
  }

  /**
   * Keeps bytes that stand in a buffer.
   *
   * @param expectedBytes how many will follow, or -1
   */
  void keep(ByteBuffer from, int index, int count, long expectedBytes) {
    if (!whole) {
      return;
    }
    if (count > maxBytes - size) {
      whole = false;
      kept = NOTHING;
      size = 0;
      return;
    }
    if (size + count > kept.length) {
      long wanted = Math.max(size * 2L, size + count + Math.max(0, expectedBytes));
      long bounded = Math.min(wanted, Math.max(size * 2L, FIRST_BYTES_MAX));
      kept = Arrays.copyOf(kept, (int) Math.min(Math.max(bounded, size + count), maxBytes));
    }
    from.get(index, kept, size, count);
    size += count;
  }

  /** Writes all that was kept. */
  void writeTo(BodyEncoder encoder, Output out) {
    for (int at = 0; at < size; at += BufferPool.READ_BYTES) {
      encoder.encode(kept, at, Math.min(BufferPool.READ_BYTES, size - at), out);
    }
  }
}
