package ollama.gateway.http.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Ascii;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.RequestHead;

/**
 * Parses the request heads of one connection, one after the other (RFC 9112 section 3).
 *
 * <pre>
 *   {@link #parse} returns empty while the head is incomplete; {@link #reset} before the next head
 * </pre>
 */
public final class RequestParser {

  private static final String[] METHODS = {
    "GET", "POST", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH"
  };

  /** How far an empty line before the head has come. */
  private enum EmptyLine {
    POSSIBLE,
    CR_SEEN,
    PAST
  }

  private final HeadScanner scanner;
  private final Fields fields = new Fields();
  private EmptyLine emptyLine = EmptyLine.POSSIBLE;

  /** A parser that waits for its first head, whatever memory that takes. */
  public RequestParser() {
    this(MemoryBudget.unbounded());
  }

  /**
   * A parser that waits for its first head.
   *
   * @param large what heads of more than 4 KiB take their memory from
   */
  public RequestParser(MemoryBudget large) {
    scanner = new HeadScanner(Rule.REQUEST_LINE, Rule.METHOD_TOO_LONG, Rule.TARGET_TOO_LONG, large);
  }

  /**
   * Makes ready for the next head, and gives a large one's memory back; the last one's views end.
   */
  public void reset() {
    scanner.reset();
    emptyLine = EmptyLine.POSSIBLE;
  }

  /** Whether any byte of the head came; one empty line before it is none. */
  public boolean begun() {
    return emptyLine == EmptyLine.PAST && scanner.length() > 0;
  }

  /**
   * Takes bytes from {@code in}, at most up to the end of the head. One empty line before it is
   * skipped, as some clients send behind a body (RFC 9112 section 2.2).
   *
   * @throws ProtocolException when the head breaks a rule; the connection must be closed
   */
  public Optional<RequestHead> parse(ByteBuffer in, HeadLimits limits) throws ProtocolException {
    skipEmptyLine(in);
    if (!scanner.scan(in, limits)) {
      return Optional.empty();
    }
    byte[] bytes = scanner.bytes();
    int end = FieldLines.lineEnd(bytes, 0);
    int methodEnd = indexOfSpace(bytes, 0, end);
    int targetEnd = indexOfSpace(bytes, methodEnd + 1, end);
    if (methodEnd == 0 || targetEnd == methodEnd + 1) {
      throw new ProtocolException(Rule.REQUEST_LINE);
    }
    if (!Ascii.isToken(bytes, 0, methodEnd)) {
      throw new ProtocolException(Rule.METHOD);
    }
    String method = method(bytes, methodEnd);
    int minorVersion = minorVersion(bytes, targetEnd + 1, end);
    if (targetEnd - methodEnd - 1 > limits.targetBytes()) {
      throw new ProtocolException(Rule.TARGET_TOO_LONG);
    }
    fields.reset(bytes);
    FieldLines.parse(bytes, end + 2, fields);
    checkHost(minorVersion);
    String target = target(method, bytes, methodEnd + 1, targetEnd);
    if (method.equals("OPTIONS") || method.equals("TRACE")) {
      long _ = FieldLines.number(fields, KnownField.MAX_FORWARDS, Rule.MAX_FORWARDS);
    }
    Framing framing = FieldLines.framing(fields, minorVersion, Framing.NONE);
    return Optional.of(
        new RequestHead(
            method,
            target,
            minorVersion,
            fields,
            framing,
            minorVersion > 0 && !fields.listHas(KnownField.CONNECTION, "close"),
            expectsContinue(minorVersion, framing)));
  }

  private void skipEmptyLine(ByteBuffer in) throws ProtocolException {
    while (emptyLine != EmptyLine.PAST && in.hasRemaining()) {
      byte next = in.get(in.position());
      if (emptyLine == EmptyLine.CR_SEEN) {
        if (next != '\n') {
          throw new ProtocolException(Rule.BARE_CR);
        }
        in.get();
        emptyLine = EmptyLine.PAST;
      } else if (next == '\r') {
        in.get();
        emptyLine = EmptyLine.CR_SEEN;
      } else {
        emptyLine = EmptyLine.PAST;
      }
    }
  }

  /** Memory that it holds; no more than {@link HeadLimits} allow a head. */
  int heldBytes() {
    return scanner.bytes().length;
  }

  private static int indexOfSpace(byte[] bytes, int from, int end) throws ProtocolException {
    for (int i = from; i < end; i++) {
      if (bytes[i] == ' ') {
        return i;
      }
    }
    throw new ProtocolException(Rule.REQUEST_LINE);
  }

  private static String method(byte[] bytes, int end) throws ProtocolException {
    for (String known : METHODS) {
      if (known.length() == end && matches(bytes, known)) {
        return known;
      }
    }
    String method = new String(bytes, 0, end, StandardCharsets.US_ASCII);
    if (method.equals("CONNECT")) {
      throw new ProtocolException(Rule.CONNECT);
    }
    return method;
  }

  private static boolean matches(byte[] bytes, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (bytes[i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int minorVersion(byte[] bytes, int from, int end) throws ProtocolException {
    for (int i = from; i < end; i++) {
      if (bytes[i] == ' ' || bytes[i] == '\t') {
        throw new ProtocolException(Rule.REQUEST_LINE);
      }
    }
    return Version.minor(bytes, from, end);
  }

  private void checkHost(int minorVersion) throws ProtocolException {
    int first = fields.indexOf(KnownField.HOST, 0);
    if (first < 0) {
      if (minorVersion > 0) {
        throw new ProtocolException(Rule.HOST_MISSING);
      }
      return;
    }
    if (fields.indexOf(KnownField.HOST, first + 1) >= 0) {
      throw new ProtocolException(Rule.HOST_TWICE);
    }
    if (!fields.value(first, HostSyntax::isValid)) {
      throw new ProtocolException(Rule.HOST_INVALID);
    }
  }

  private String target(String method, byte[] bytes, int from, int to) throws ProtocolException {
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\t') {
        throw new ProtocolException(Rule.REQUEST_LINE);
      }
      if (bytes[i] == '#') {
        throw new ProtocolException(Rule.TARGET_FRAGMENT);
      }
      if (bytes[i] < 0) {
        throw new ProtocolException(Rule.TARGET_NOT_ASCII);
      }
    }
    String target = new String(bytes, from, to - from, StandardCharsets.US_ASCII);
    String inOriginForm = bytes[from] == '/' ? target : withoutAuthority(method, target);
    if (DotSegments.in(inOriginForm)) {
      throw new ProtocolException(Rule.TARGET_DOT_SEGMENT);
    }
    return inOriginForm;
  }

  private String withoutAuthority(String method, String target) throws ProtocolException {
    if (target.equals("*")) {
      if (!method.equals("OPTIONS")) {
        throw new ProtocolException(Rule.TARGET_ASTERISK);
      }
      return target;
    }
    return originForm(method, target, fields.first(KnownField.HOST).orElse(""));
  }

  /**
   * RFC 9112 section 3.2.2: an absolute target is served like its path. Section 3.2.4: OPTIONS of
   * one without a path is about the server as a whole.
   */
  private static String originForm(String method, String target, String host)
      throws ProtocolException {
    int authority;
    if (target.regionMatches(true, 0, "http://", 0, 7)) {
      authority = 7;
    } else if (target.regionMatches(true, 0, "https://", 0, 8)) {
      authority = 8;
    } else {
      throw new ProtocolException(Rule.TARGET_FORM);
    }
    int end = authority;
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    if (!target.substring(authority, end).equalsIgnoreCase(host) || host.isEmpty()) {
      throw new ProtocolException(Rule.TARGET_AUTHORITY);
    }
    String path = target.substring(end);
    if (path.isEmpty() && method.equals("OPTIONS")) {
      return "*";
    }
    return path.startsWith("/") ? path : "/" + path;
  }

  private boolean expectsContinue(int minorVersion, Framing framing) throws ProtocolException {
    if (minorVersion == 0) {
      return false;
    }
    boolean expects = false;
    for (int i = fields.indexOf(KnownField.EXPECT, 0);
        i >= 0;
        i = fields.indexOf(KnownField.EXPECT, i + 1)) {
      if (!fields.valueIs(i, "100-continue")) {
        throw new ProtocolException(Rule.EXPECTATION_UNKNOWN);
      }
      expects = true;
    }
    return expects && framing.kind() != Framing.Kind.NONE;
  }
}
