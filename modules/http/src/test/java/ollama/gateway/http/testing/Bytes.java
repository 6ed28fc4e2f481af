package ollama.gateway.http.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Text as the bytes that it stands for: one per character, ISO 8859-1. */
public final class Bytes {

  private Bytes() {}

  /** A text block with the line ends of HTTP. */
  public static String crlf(String textBlock) {
    return textBlock.replace("\n", "\r\n");
  }

  /** The bytes of a text. */
  public static byte[] of(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A buffer to read a text from. */
  public static ByteBuffer buffer(String text) {
    return ByteBuffer.wrap(of(text));
  }

  /** What is between position and limit; the buffer isn't moved. */
  public static String text(ByteBuffer bytes) {
    return StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
  }
}
