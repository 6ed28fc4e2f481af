package ollama.gateway.app.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bodies that are compressed with zstd, each byte as a character. */
public final class ZstdFrames {
  private static final int BLOCK_BYTES_MAX = 128 * 1024;

  private ZstdFrames() {}

  /** A frame that says so, in blocks that are as their text is (RFC 8878 section 3.1.1). */
  public static String of(String text) {
    StringBuilder frame = new StringBuilder(head(text.length()));
    for (int from = 0; from < text.length(); from += BLOCK_BYTES_MAX) {
      int to = Math.min(text.length(), from + BLOCK_BYTES_MAX);
      int last = to == text.length() ? 1 : 0;
      frame.append(little((to - from) << 3 | last, 3)).append(text, from, to);
    }
    return frame.toString();
  }

  /** A frame that begins so and goes on with as many times 128 KiB. */
  public static String bomb(String beginning, int blocks) {
    StringBuilder frame = new StringBuilder(head(beginning.length() + blocks * BLOCK_BYTES_MAX));
    frame.append(little(beginning.length() << 3, 3)).append(beginning);
    for (int i = 1; i <= blocks; i++) {
      int last = i == blocks ? 1 : 0;
      frame.append(little(BLOCK_BYTES_MAX << 3 | 1 << 1 | last, 3)).append('x');
    }
    return frame.toString();
  }

  private static String head(int size) {
    return little(0xfd2fb528, 4) + little(0xa0, 1) + little(size, 4);
  }

  private static String little(int number, int bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number);
    return Bytes.text(buffer.array()).substring(0, bytes);
  }
}
