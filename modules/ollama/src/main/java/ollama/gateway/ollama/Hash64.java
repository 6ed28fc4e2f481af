package ollama.gateway.ollama;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A hash of 64 bits, the same in every process: for finding what is equal, not for keeping apart
 * what somebody tries to make equal.
 */
final class Hash64 {
  /** Where every hash begins. */
  static final long SEED = 0x9e3779b97f4a7c15L;

  private static final long FACTOR = 0xff51afd7ed558ccdL;
  private static final long FACTOR_2 = 0xc4ceb9fe1a85ec53L;

  private final byte[] bytes;
  private final ByteBuffer words;

  /** For hashes of parts of these bytes. */
  Hash64(byte[] bytes) {
    this.bytes = bytes;
    words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The hash of what was hashed so far and this value. */
  static long add(long hash, long value) {
    long mixed = (hash ^ value) * FACTOR;
    mixed ^= mixed >>> 32;
    mixed *= FACTOR_2;
    return mixed ^ (mixed >>> 29);
  }

  /** The hash of what was hashed so far and the bytes from here to there. */
  long add(long hash, int from, int to) {
    long mixed = hash;
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      mixed = (mixed ^ words.getLong(at)) * FACTOR;
      mixed ^= mixed >>> 32;
    }
    long rest = 0;
    for (; at < to; at++) {
      rest = (rest << 8) | (bytes[at] & 0xff);
    }
    return add(add(mixed, rest), to - from);
  }
}
