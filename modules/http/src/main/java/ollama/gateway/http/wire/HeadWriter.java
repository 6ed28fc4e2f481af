package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import ollama.gateway.http.message.Fields;
import org.jspecify.annotations.Nullable;

/**
 * Writes heads into an {@link ByteSink}.
 *
 * <p>The guard against response splitting stands here: no value with a control byte is ever
 * written.
 */
public final class HeadWriter {

  private static final byte[] VERSION = "HTTP/1.1 ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] @Nullable [] STATUS_LINES = statusLines();
  private static final int DIGITS_MAX = 20;
  private static final int HEX_DIGITS = 16;

  private HeadWriter() {}

  /** {@code method SP target SP HTTP/1.1}; the target must come from a parsed head. */
  public static void requestLine(ByteSink out, String method, String prefix, String target) {
    ByteBuffer to =
        out.room(method.length() + prefix.length() + target.length() + VERSION.length + 4);
    ascii(to, method);
    to.put((byte) ' ');
    ascii(to, prefix);
    ascii(to, target);
    to.put((byte) ' ').put(VERSION, 0, VERSION.length - 1);
    crlf(to);
  }

  /** {@code HTTP/1.1 SP status SP reason}. */
  public static void statusLine(ByteSink out, int status) {
    byte[] known = STATUS_LINES[status];
    byte[] line = known == null ? statusLine(status) : known;
    out.room(line.length).put(line);
  }

  /**
   * {@code name: value}.
   *
   * @throws IllegalArgumentException when the value has a control byte or a character above 255
   */
  public static void field(ByteSink out, FieldName name, String value) {
    checkValue(name, value);
    ByteBuffer to = out.room(name.prefix().length + value.length() + 2);
    to.put(name.prefix());
    ascii(to, value);
    crlf(to);
  }

  /** {@code name: value} for a number of at least 0. */
  public static void field(ByteSink out, FieldName name, long value) {
    ByteBuffer to = out.room(name.prefix().length + DIGITS_MAX + 2);
    to.put(name.prefix());
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    int at = to.position();
    long rest = value;
    for (int i = digits - 1; i >= 0; i--) {
      to.put(at + i, (byte) ('0' + rest % 10));
      rest /= 10;
    }
    to.position(at + digits);
    crlf(to);
  }

  /** {@code name: value} with the value of line {@code i} of parsed fields. */
  public static void field(ByteSink out, FieldName name, Fields fields, int i) {
    ByteBuffer to = out.room(name.prefix().length + fields.lineBytes(i));
    to.put(name.prefix());
    fields.writeValue(i, to);
    crlf(to);
  }

  /** {@code name: value} with the value's 16 hexadecimal digits, in lower case. */
  public static void hexField(ByteSink out, FieldName name, long value) {
    ByteBuffer to = out.room(name.prefix().length + HEX_DIGITS + 2);
    to.put(name.prefix());
    for (int shift = Long.SIZE - 4; shift >= 0; shift -= 4) {
      to.put((byte) Character.forDigit((int) (value >>> shift) & 0xf, 16));
    }
    crlf(to);
  }

  /** Lines that were prepared. */
  public static void fields(ByteSink out, FieldBlock block) {
    out.room(block.lines().length).put(block.lines());
  }

  /** Line {@code i} of parsed fields, as it came. */
  public static void field(ByteSink out, Fields fields, int i) {
    fields.writeLine(i, out.room(fields.lineBytes(i)));
  }

  /** The empty line. */
  public static void end(ByteSink out) {
    crlf(out.room(2));
  }

  static void checkValue(FieldName name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
        throw new IllegalArgumentException("control byte in the value of " + name);
      }
    }
  }

  private static void ascii(ByteBuffer to, String text) {
    for (int i = 0; i < text.length(); i++) {
      to.put((byte) text.charAt(i));
    }
  }

  private static void crlf(ByteBuffer to) {
    to.put((byte) '\r').put((byte) '\n');
  }

  /** Of those that have a phrase: the first answer waits for this table. */
  private static byte[] @Nullable [] statusLines() {
    byte[] @Nullable [] lines = new byte[1000][];
    for (int status = 100; status < lines.length; status++) {
      if (!StatusText.of(status).isEmpty()) {
        lines[status] = statusLine(status);
      }
    }
    return lines;
  }

  private static byte[] statusLine(int status) {
    String line = "HTTP/1.1 " + status + " " + StatusText.of(status) + "\r\n";
    return line.getBytes(StandardCharsets.US_ASCII);
  }
}
