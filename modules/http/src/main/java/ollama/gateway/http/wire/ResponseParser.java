package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import java.util.Optional;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Ascii;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.ResponseHead;

/** Parses the response heads of one connection, one after the other (RFC 9112 section 4). */
public final class ResponseParser {

  private static final int STATUS_FROM = Version.BYTES + 1;
  private static final int STATUS_TO = STATUS_FROM + 3;

  // Servers are the operator's, and no more of their heads are held than of clients'.
  private final HeadScanner scanner =
      new HeadScanner(
          Rule.STATUS_LINE, Rule.STATUS_LINE, Rule.STATUS_LINE, MemoryBudget.unbounded());
  private final Fields fields = new Fields();

  /** A parser that waits for its first head. */
  public ResponseParser() {}

  /** Makes ready for the next head; the last one's views end. */
  public void reset() {
    scanner.reset();
  }

  /**
   * Takes bytes from {@code in}, at most up to the end of the head.
   *
   * @param toHead whether the request was a HEAD, so that no body follows
   * @throws ProtocolException when the head breaks a rule; the connection must be closed
   */
  public Optional<ResponseHead> parse(ByteBuffer in, HeadLimits limits, boolean toHead)
      throws ProtocolException {
    if (!scanner.scan(in, limits)) {
      return Optional.empty();
    }
    byte[] bytes = scanner.bytes();
    int end = FieldLines.lineEnd(bytes, 0);
    int status = status(bytes, end);
    int minorVersion = Version.minor(bytes, 0, Version.BYTES);
    if (status == 101) {
      throw new ProtocolException(Rule.SWITCHING_PROTOCOLS);
    }
    fields.reset(bytes);
    FieldLines.parse(bytes, end + 2, fields);
    // Checked even where no body can follow: contradicting fields are a sign of trouble.
    Framing declared = FieldLines.framing(fields, minorVersion, Framing.UNTIL_CLOSE);
    boolean bodiless = toHead || status < 200 || status == 204 || status == 304;
    boolean keepAlive =
        minorVersion > 0
            && !fields.listHas(KnownField.CONNECTION, "close")
            && (bodiless
                ? !announcesForbiddenBody(status, declared)
                : declared.kind() != Framing.Kind.UNTIL_CLOSE);
    return Optional.of(
        new ResponseHead(
            status, minorVersion, fields, bodiless ? Framing.NONE : declared, keepAlive));
  }

  /** Memory that it holds; no more than {@link HeadLimits} allow a head. */
  int heldBytes() {
    return scanner.bytes().length;
  }

  /**
   * Whether a server that follows its own fields would send a body that RFC 9112 section 6.3
   * forbids, at a time when it is taken for the next answer. Fields that tell what a GET would have
   * got announce nothing.
   */
  private static boolean announcesForbiddenBody(int status, Framing declared) {
    boolean forbidden = status < 200 || status == 204;
    return forbidden && (declared.kind() == Framing.Kind.CHUNKED || declared.length() > 0);
  }

  private static int status(byte[] bytes, int end) throws ProtocolException {
    // Many servers leave the second space out where no reason follows, and nothing hangs on it.
    boolean spaced = end == STATUS_TO || (end > STATUS_TO && bytes[STATUS_TO] == ' ');
    if (!spaced || bytes[Version.BYTES] != ' ') {
      throw new ProtocolException(Rule.STATUS_LINE);
    }
    int status = 0;
    for (int i = STATUS_FROM; i < STATUS_TO; i++) {
      if (!Ascii.isDigit(bytes[i])) {
        throw new ProtocolException(Rule.STATUS_LINE);
      }
      status = status * 10 + (bytes[i] - '0');
    }
    if (status < 100) {
      throw new ProtocolException(Rule.STATUS_LINE);
    }
    return status;
  }
}
