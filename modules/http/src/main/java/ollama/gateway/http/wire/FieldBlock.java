package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Some whole field lines, checked and encoded once, to be written many times. */
public final class FieldBlock {

  private final byte[] lines;

  private FieldBlock(byte[] lines) {
    this.lines = lines;
  }

  /** One line. */
  public static FieldBlock of(FieldName name, String value) {
    HeadWriter.checkValue(name, value);
    return new FieldBlock((name + ": " + value + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** These lines, and one more behind them. */
  public FieldBlock and(FieldName name, String value) {
    FieldBlock more = of(name, value);
    ByteBuffer both = ByteBuffer.allocate(lines.length + more.lines.length);
    return new FieldBlock(both.put(lines).put(more.lines).array());
  }

  /** The encoded lines; not to be changed. */
  byte[] lines() {
    return lines;
  }
}
