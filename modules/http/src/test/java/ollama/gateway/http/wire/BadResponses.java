package ollama.gateway.http.wire;

import static ollama.gateway.http.wire.Rule.*;

import java.util.List;

/** Response heads that break a rule. */
public final class BadResponses {

  /** The limits that these are judged by: small, so that every split of them can be tried. */
  public static final HeadLimits LIMITS = BadRequests.LIMITS;

  /** All of them. */
  public static final List<Example> ALL =
      List.of(
          line(STATUS_LINE, "no reason, but a tab", "HTTP/1.1 200\t"),
          line(STATUS_LINE, "one long word", "HTTP/1.1" + "1".repeat(300)),
          line(STATUS_LINE, "two digits", "HTTP/1.1 20 OK"),
          line(STATUS_LINE, "four digits", "HTTP/1.1 2000 OK"),
          line(STATUS_LINE, "below 100", "HTTP/1.1 099 Low"),
          line(STATUS_LINE, "a letter", "HTTP/1.1 2x0 OK"),
          line(STATUS_LINE, "a sign", "HTTP/1.1 +20 OK"),
          line(STATUS_LINE, "two spaces", "HTTP/1.1  200 OK"),
          line(STATUS_LINE, "a tab", "HTTP/1.1\t200 OK"),
          line(STATUS_LINE, "another protocol", "ICY 200 OK"),
          line(STATUS_LINE, "a body without a head", "{}"),
          line(STATUS_LINE, "an empty line before it", "\r\nHTTP/1.1 200 OK"),
          line(STATUS_LINE, "a reason without an end", "HTTP/1.1 200 " + "a".repeat(300)),
          line(SWITCHING_PROTOCOLS, "an upgrade", "HTTP/1.1 101 Switching Protocols"),
          line(VERSION_FORM, "lower case", "http/1.1 200 OK"),
          line(VERSION_FORM, "a letter", "HTTP/x.1 200 OK"),
          line(VERSION_MAJOR, "HTTP/2.0", "HTTP/2.0 200 OK"),
          field(FOLDED_LINE, "with a space", "X: a\r\n b"),
          field(SPACE_BEFORE_COLON, "before a length", "Content-Length : 5"),
          field(FIELD_WITHOUT_COLON, "a name alone", "X"),
          field(FIELD_NAME, "an empty one", ": a"),
          field(CONTROL_BYTE, "NUL in a value", "X: a\0b"),
          new Example(BARE_LF, "all lines", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
          field(BARE_CR, "in a value", "X: a\rb"),
          field(LENGTH_WITH_CODING, "both", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
          field(LENGTH_TWICE, "two equal ones", "Content-Length: 5\r\nContent-Length: 5"),
          field(LENGTH_INVALID, "a minus sign", "Content-Length: -1"),
          field(LENGTH_INVALID, "overflow", "Content-Length: 18446744073709551621"),
          field(CODING_INVALID, "chunked twice", "Transfer-Encoding: chunked, chunked"),
          field(CODING_NOT_CHUNKED, "gzip", "Transfer-Encoding: gzip"),
          field(CODING_UNKNOWN, "gzip", "Transfer-Encoding: gzip, chunked"),
          new Example(
              CODING_IN_HTTP_1_0,
              "chunked",
              "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
          new Example(
              LENGTH_WITH_CODING,
              "even where no body can follow",
              "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
          field(HEAD_TOO_LARGE, "a long value", "X: " + "a".repeat(1024)),
          field(TOO_MANY_FIELDS, "by one", "X: a\r\n".repeat(12) + "X: a"));

  private BadResponses() {}

  private static Example line(Rule rule, String what, String statusLine) {
    return new Example(rule, what, statusLine + "\r\nX: a\r\n\r\n");
  }

  private static Example field(Rule rule, String what, String fieldLines) {
    return new Example(rule, what, "HTTP/1.1 200 OK\r\n" + fieldLines + "\r\n\r\n");
  }
}
