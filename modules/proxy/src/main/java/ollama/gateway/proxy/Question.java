package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.wire.BodyEncoder;

/**
 * What was taken of a request's body so far, kept for another attempt while it is small enough and
 * the gateway as a whole keeps little enough.
 */
final class Question implements AutoCloseable {

  private static final byte[] NOTHING = {};
  private static final int FIRST_BYTES_MAX = 64 * 1024;

  private final int maxBytes;
  private final MemoryBudget budget;
  private byte[] kept = NOTHING;
  private int size;
  private boolean whole = true;

  /** Keeps at most {@code maxBytes}; what is larger can't be sent again. */
  Question(int maxBytes, MemoryBudget budget) {
    this.maxBytes = maxBytes;
    this.budget = budget;
  }

  /** Whether everything taken so far can be sent again. */
  boolean whole() {
    return whole;
  }

  /** Whether so many more bytes could be kept just now. */
  boolean hasRoomFor(long bytes) {
    return whole && bytes <= maxBytes - size && budget.has(bytes);
  }

  /** Forgets all, because it won't be needed; the memory is free from now on. */
  void drop() {
    whole = size == 0 && whole;
    budget.give(kept.length);
    kept = NOTHING;
    size = 0;
  }

  @Override
  public void close() {
    drop();
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
    if (count > maxBytes - size || !makeRoom(size + count, expectedBytes)) {
      drop();
      whole = false;
      return;
    }
    from.get(index, kept, size, count);
    size += count;
  }

  /** Bytes that were kept. */
  int size() {
    return size;
  }

  /**
   * Tells bodies apart, well enough but for who forges one: two checksums that processors compute
   * as fast as they read memory, so that a megabyte holds a loop for less than a millisecond.
   */
  long digest() {
    CRC32C upper = new CRC32C();
    upper.update(kept, 0, size);
    CRC32 lower = new CRC32();
    lower.update(kept, 0, size);
    return upper.getValue() << Integer.SIZE | lower.getValue();
  }

  /**
   * Writes a piece of what was kept.
   *
   * @param from index of its first byte
   * @return the index after its last byte
   */
  int writePiece(int from, BodyEncoder encoder, Output out) {
    int count = Math.min(BufferPool.READ_BYTES, size - from);
    encoder.encode(kept, from, count, out);
    return from + count;
  }

  /** Whether there is room now for {@code needed} bytes in all. */
  private boolean makeRoom(int needed, long expectedBytes) {
    if (needed <= kept.length) {
      return true;
    }
    long wanted = Math.max(size * 2L, needed + Math.max(0, expectedBytes));
    long bounded = Math.min(wanted, Math.max(size * 2L, FIRST_BYTES_MAX));
    int length = (int) Math.min(Math.max(bounded, needed), maxBytes);
    if (!budget.take(length - kept.length)) {
      return false;
    }
    kept = Arrays.copyOf(kept, length);
    return true;
  }
}
