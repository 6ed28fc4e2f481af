package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.airlift.compress.v3.zstd.ZstdJavaCompressor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZstdTest {

  private static final int MIB = 1 << 20;
  private static final byte[] MAGIC = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 100, 128 * 1024, 128 * 1024 + 1, 300_000, MIB})
  void aBodyIsReadWhole(int size) {
    byte[] text = text(size);
    Zstd.Text read = decode(packed(text));
    assertTrue(read.isWhole());
    assertArrayEquals(text, read.bytes());
  }

  /** As its own program writes it: with a checksum, and without the length. */
  @Test
  void whatOthersWroteIsReadToo() {
    String program =
        "28b52ffd0468f5010022440d11a06d0c85277ae276b51180c15c58406530"
            + "93ccc16105b0545059876c216be6b0db17d75735b71cfa5b54dedb7558ac"
            + "75b5a7ad650100dea54001c4e8b485";
    Zstd.Text read = decode(HexFormat.of().parseHex(program));
    assertTrue(read.isWhole());
    String again = "again and again and again and again";
    assertEquals(
        "{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":\"" + again + "\"}]}",
        new String(read.bytes(), US_ASCII));
  }

  @Test
  void aBodyThatIsNotHereToItsEndIsNotWhole() {
    byte[] packed = packed(text(1000));
    Zstd.Text read = Zstd.decode(packed, packed.length, false, Zstd.LOOK_BYTES_MAX);
    assertFalse(read.isWhole());
    assertEquals(1000, read.bytes().length);
  }

  @Test
  void ofAPrefixOfWhateverLengthOnlyWhatIsCertainIsRead() {
    byte[] text = text(300_000);
    byte[] packed = packed(text);
    int before = 0;
    for (int length = 0; length < packed.length; length += length < 300 ? 1 : 997) {
      Zstd.Text read = Zstd.decode(packed, length, true, Zstd.LOOK_BYTES_MAX);
      assertFalse(read.isWhole(), "whole with " + length);
      assertIsBeginning(text, read.bytes());
      assertTrue(read.bytes().length >= before);
      before = read.bytes().length;
    }
    assertTrue(before > 128 * 1024, "read " + before);
  }

  @Test
  void ofABodyThatIsTooLargeTheBeginningIsRead() {
    byte[] text = text(MIB + 1);
    for (byte[] packed : new byte[][] {packed(text), undeclared(text)}) {
      Zstd.Text read = decode(packed);
      assertFalse(read.isWhole());
      assertIsBeginning(text, read.bytes());
      assertTrue(read.bytes().length > MIB - 128 * 1024 - 64, "read " + read.bytes().length);
    }
  }

  @Test
  void whereTheLengthIsNotDeclaredItIsFound() {
    byte[] text = text(5000);
    Zstd.Text read = decode(undeclared(text));
    assertTrue(read.isWhole());
    assertArrayEquals(text, read.bytes());
  }

  @Test
  void aDeclaredLengthThatIsWrongIsNotBelieved() {
    for (long declared : new long[] {10, 99, 101, 1 << 20, 1L << 40, Long.MAX_VALUE, -2}) {
      Zstd.Text read = decode(frame(declared, block(0, "a".repeat(100).getBytes(US_ASCII))));
      assertFalse(read.isWhole(), "declared " + declared);
      assertTrue(read.bytes().length <= 100);
    }
    assertTrue(decode(frame(100, block(0, new byte[100]))).isWhole());
  }

  /** A block of one byte that is repeated, 128 KiB of them, and that many times. */
  @Test
  void aBombIsReadNoFurtherThanTheBound() {
    byte[][] blocks = new byte[30_000][];
    Arrays.fill(blocks, HexFormat.of().parseHex("02001061"));
    Zstd.Text read = decode(frame(30_000L << 17, blocks));
    assertFalse(read.isWhole());
    assertTrue(read.bytes().length <= MIB);
    assertTrue(read.bytes().length >= MIB - 64);
  }

  @Test
  void whatIsNoZstdSaysNothing() {
    for (String body : new String[] {"", "{", "{\"model\":\"m\"}", "\u001f\u008b\u0008"}) {
      Zstd.Text read = decode(body.getBytes(StandardCharsets.ISO_8859_1));
      assertFalse(read.isWhole());
      assertEquals(0, read.bytes().length);
    }
    byte[] skippable = ByteBuffer.wrap(HexFormat.of().parseHex("502a4d1801000000aa")).array();
    assertEquals(0, decode(skippable).bytes().length);
    assertEquals(0, decode(MAGIC).bytes().length);
  }

  @Test
  void severalFramesAreOneText() {
    byte[] one = frame(-1, block(0, "{\"model\":".getBytes(US_ASCII)));
    byte[] two = frame(-1, block(0, "\"m\"}".getBytes(US_ASCII)));
    Zstd.Text read = decode(joined(one, two));
    assertEquals("{\"model\":\"m\"}", new String(read.bytes(), US_ASCII));
    assertTrue(read.isWhole());
  }

  /** The decoder checks its own bounds, with memory that nobody else guards. */
  @Test
  void whateverIsBrokenHarmsNothing() {
    Random random = new Random(11);
    byte[] text = text(20_000);
    for (int round = 0; round < 20_000; round++) {
      byte[] packed = packed(Arrays.copyOf(text, 1 + random.nextInt(3000)));
      for (int i = random.nextInt(6); i >= 0; i--) {
        packed[random.nextInt(packed.length)] = (byte) random.nextInt();
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(packed.length + 1) : packed.length;
      Zstd.Text read = Zstd.decode(packed, length, true, Zstd.LOOK_BYTES_MAX);
      assertTrue(read.bytes().length <= MIB);
    }
  }

  private static final java.nio.charset.Charset US_ASCII = StandardCharsets.US_ASCII;

  private static Zstd.Text decode(byte[] packed) {
    return Zstd.decode(packed, packed.length, true, Zstd.LOOK_BYTES_MAX);
  }

  private static void assertIsBeginning(byte[] text, byte[] read) {
    assertArrayEquals(Arrays.copyOf(text, read.length), read);
  }

  /** Words, since what is random can't be compressed. */
  private static byte[] text(int size) {
    Random random = new Random(size);
    StringBuilder text = new StringBuilder("{\"model\":\"m\",\"prompt\":\"");
    while (text.length() < size) {
      text.append(Integer.toString(random.nextInt(3000) + 17, 36)).append(' ');
    }
    return text.substring(0, size).getBytes(US_ASCII);
  }

  static byte[] packed(byte[] text) {
    ZstdJavaCompressor compressor = new ZstdJavaCompressor();
    byte[] packed = new byte[compressor.maxCompressedLength(text.length)];
    int size = compressor.compress(text, 0, text.length, packed, 0, packed.length);
    return Arrays.copyOf(packed, size);
  }

  /** The same with a head that doesn't declare the length: blocks stay as they are. */
  private static byte[] undeclared(byte[] text) {
    byte[] packed = packed(text);
    int descriptor = packed[4] & 0xff;
    int sizeBytes = new int[] {(descriptor >> 5) & 1, 2, 4, 8}[descriptor >> 6];
    boolean isSingle = (descriptor & 0x20) != 0;
    byte[] head = {0, 0, 0, 0, (byte) (descriptor & 4), (byte) 0x68};
    System.arraycopy(MAGIC, 0, head, 0, 4);
    int from = 5 + (isSingle ? 0 : 1) + sizeBytes;
    return joined(head, Arrays.copyOfRange(packed, from, packed.length));
  }

  /** A frame of these blocks, which is 8 MiB around; below 0 it declares no length. */
  private static byte[] frame(long declared, byte[]... blocks) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(MAGIC);
    boolean declares = declared != -1;
    frame.write(declares ? 0xc0 : 0);
    frame.write(0x68);
    if (declares) {
      ByteBuffer size = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(declared);
      frame.writeBytes(size.array());
    }
    byte[][] all = blocks.clone();
    byte[] last = all[all.length - 1].clone();
    last[0] |= 1;
    all[all.length - 1] = last;
    frame.writeBytes(joined(all));
    return frame.toByteArray();
  }

  /** One that isn't the last. */
  private static byte[] block(int type, byte[] bytes) {
    int head = bytes.length << 3 | type << 1;
    return joined(new byte[] {(byte) head, (byte) (head >> 8), (byte) (head >> 16)}, bytes);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
