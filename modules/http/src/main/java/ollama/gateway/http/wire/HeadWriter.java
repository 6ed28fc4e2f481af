package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.message.Ascii;
import ollama.gateway.http.message.Fields;

/**
 * Writes heads into an {@link Output}.
 *
 * <p>The guard against response splitting stands here: no value with a control byte is ever
 * written.
 */
public final class HeadWriter {

  private static final byte[] VERSION = "HTTP/1.1 ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[][] STATUS_LINES = statusLines();
  private static final int DIGITS_MAX = 20;

  private HeadWriter() {}

  /** {@code method SP target SP HTTP/1.1}; the target must come from a parsed head. */
  public static void requestLine(Output out, String method, String prefix, String target) {
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
  public static void statusLine(Output out, int status) {
    byte[] line = STATUS_LINES[status];
    out.room(line.length).put(line);
  }

  /**
   * {@code name: value}.
   *
   * @throws IllegalArgumentException when the name isn't a token or the value has a control byte or
   *     a character above 255
   */
  public static void field(Output out, String name, String value) {
    ByteBuffer to = out.room(name.length() + value.length() + 4);
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) > 0x7f || !Ascii.isToken((byte) name.charAt(i))) {
        throw new IllegalArgumentException("not a field name: " + name);
      }
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
        throw new IllegalArgumentException("control byte in the value of " + name);
      }
    }
    ascii(to, name);
    to.put((byte) ':').put((byte) ' ');
    ascii(to, value);
    crlf(to);
  }

  /** {@code name: value} for a number of at least 0. */
  public static void field(Output out, String name, long value) {
    ByteBuffer to = out.room(name.length() + DIGITS_MAX + 4);
    ascii(to, name);
    to.put((byte) ':').put((byte) ' ');
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

  /** Line {@code i} of parsed fields, as it came. */
  public static void field(Output out, Fields fields, int i) {
    fields.writeLine(i, out.room(fields.lineBytes(i)));
  }

  /** The empty line. */
  public static void end(Output out) {
    crlf(out.room(2));
  }

  private static void ascii(ByteBuffer to, String text) {
    for (int i = 0; i < text.length(); i++) {
      to.put((byte) text.charAt(i));
    }
  }

  private static void crlf(ByteBuffer to) {
    to.put((byte) '\r').put((byte) '\n');
  }

  private static byte[][] statusLines() {
    byte[][] lines = new byte[1000][];
    for (int status = 100; status < lines.length; status++) {
      String line = "HTTP/1.1 " + status + " " + StatusText.of(status) + "\r\n";
      lines[status] = line.getBytes(StandardCharsets.US_ASCII);
    }
    return lines;
  }
}
