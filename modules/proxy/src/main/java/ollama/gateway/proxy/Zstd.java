package ollama.gateway.proxy;

import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.util.Arrays;

/**
 * Decodes what is compressed with zstd (RFC 8878), as far as that is worth a look. A body that says
 * it is gigabytes, or is that, costs as much as any other.
 */
final class Zstd {

  /** As much as is kept of a body that isn't compressed, where nothing else is set. */
  static final int LOOK_BYTES_MAX = 1 << 20;

  /** What has to be read to its end: as much as Ollama takes, or what the heap has room for. */
  static final int TEXT_BYTES_MAX =
      (int) Math.min(20 << 20, Math.max(LOOK_BYTES_MAX, Runtime.getRuntime().maxMemory() / 16));

  /** The library copies eight bytes at a time, and up to two times more than a sequence has. */
  private static final int OVERWRITTEN_BYTES_MAX = 16;

  /** What a body says, or the beginning of that. */
  static final class Text {
    /** Of a body that says nothing that can be read. */
    static final Text NONE = new Text(new byte[0], false);

    private final byte[] bytes;
    private final boolean whole;

    private Text(byte[] bytes, boolean whole) {
      this.bytes = bytes;
      this.whole = whole;
    }

    /** All of them count; they are whoever's who gets them. */
    byte[] bytes() {
      return bytes;
    }

    /** Whether nothing follows. */
    boolean isWhole() {
      return whole;
    }
  }

  private Zstd() {}

  /**
   * Decodes a body: all of it, else its beginning, as far as that is certain. Takes milliseconds a
   * megabyte, and holds so much at most besides the decoder's own tables.
   *
   * @param packed its bytes
   * @param length how many of them there are
   * @param isEnd whether no others follow
   * @param textBytesMax how much is decoded at most
   */
  static Text decode(byte[] packed, int length, boolean isEnd, int textBytesMax) {
    // Who has more for so much text means it badly: each block costs tables, however small.
    int looked = Math.min(length, textBytesMax + textBytesMax / 64);
    ZstdJavaDecompressor decoder = new ZstdJavaDecompressor();
    byte[] text = Text.NONE.bytes();
    try {
      long declared = decoder.getDecompressedSize(packed, 0, looked);
      boolean fits = declared >= 0 && declared <= textBytesMax;
      text = new byte[fits ? (int) declared : textBytesMax];
      int size = decoder.decompress(packed, 0, looked, text, 0, text.length);
      // The library doesn't look whether it is as much as was declared; Ollama's does.
      boolean isAsDeclared = declared == -1 || declared == size;
      return text(text, size, isAsDeclared && isEnd && looked == length);
    } catch (RuntimeException e) {
      // It is broken, its end isn't here, or it is larger; the library finds that out in many ways.
      return text(text, certain(text), false);
    }
  }

  private static Text text(byte[] decoded, int size, boolean isWhole) {
    byte[] exact = size == decoded.length ? decoded : Arrays.copyOf(decoded, size);
    return new Text(exact, isWhole);
  }

  /** How much was decoded before it failed: behind that are zeros, which no JSON has in it. */
  private static int certain(byte[] text) {
    int end = text.length;
    while (end > 0 && text[end - 1] == 0) {
      end--;
    }
    return Math.max(0, end - OVERWRITTEN_BYTES_MAX);
  }
}
