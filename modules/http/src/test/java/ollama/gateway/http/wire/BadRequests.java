package ollama.gateway.http.wire;

import static ollama.gateway.http.wire.Rule.*;

import java.util.List;
import ollama.gateway.http.testing.Bytes;

/** Request heads that break a rule. */
public final class BadRequests {

  /** The limits that these are judged by: small, so that every split of them can be tried. */
  public static final HeadLimits LIMITS = new HeadLimits(1024, 12, 200);

  /** All of them. */
  public static final List<Example> ALL =
      List.of(
          line(REQUEST_LINE, "HTTP/0.9", "GET /"),
          line(REQUEST_LINE, "two spaces after the method", "GET  / HTTP/1.1"),
          line(REQUEST_LINE, "two spaces before the version", "GET /  HTTP/1.1"),
          line(REQUEST_LINE, "a space at the start", " GET / HTTP/1.1"),
          line(REQUEST_LINE, "a space at the end", "GET / HTTP/1.1 "),
          line(REQUEST_LINE, "a tab at the end", "GET / HTTP/1.1\t"),
          line(REQUEST_LINE, "a tab after the method", "GET\t/ HTTP/1.1"),
          line(REQUEST_LINE, "a tab before the version", "GET /\tHTTP/1.1"),
          line(REQUEST_LINE, "a space in the target", "GET /a b HTTP/1.1"),
          line(REQUEST_LINE, "a tab in the target", "GET /a\tb HTTP/1.1"),
          line(REQUEST_LINE, "no method", "/ HTTP/1.1"),
          line(REQUEST_LINE, "one word", "GET"),
          line(REQUEST_LINE, "two empty lines before it", "\r\n\r\nGET / HTTP/1.1"),
          line(METHOD, "an at sign", "G@T / HTTP/1.1"),
          line(METHOD, "a colon", "GET: / HTTP/1.1"),
          line(METHOD, "a byte above 127", "G\u00cbT / HTTP/1.1"),
          line(METHOD_TOO_LONG, "by one byte", "M".repeat(33) + " / HTTP/1.1"),
          line(METHOD_TOO_LONG, "and no token", "{".repeat(33) + " / HTTP/1.1"),
          raw(METHOD_TOO_LONG, "without an end", "M".repeat(300)),
          line(TARGET_FORM, "a path without a slash", "GET a HTTP/1.1"),
          line(TARGET_FORM, "a query without a path", "GET ?a HTTP/1.1"),
          line(TARGET_FORM, "a backslash", "GET \\a HTTP/1.1"),
          line(TARGET_FORM, "authority form", "GET a:80 HTTP/1.1"),
          line(TARGET_FORM, "another scheme", "GET ftp://a/ HTTP/1.1"),
          line(TARGET_FORM, "two asterisks", "OPTIONS ** HTTP/1.1"),
          line(TARGET_NOT_ASCII, "in the path", "GET /\u00fc HTTP/1.1"),
          line(TARGET_NOT_ASCII, "in the query", "GET /?\u00ff HTTP/1.1"),
          line(TARGET_NOT_ASCII, "in UTF-8", "GET /\u00c3\u00bc HTTP/1.1"),
          line(TARGET_NOT_ASCII, "in an absolute target", "GET http://a/\u0080 HTTP/1.1"),
          dots("one", "/."),
          dots("two", "/.."),
          dots("at the start", "/../secret"),
          dots("amid", "/a/./b"),
          dots("at the end", "/a/.."),
          dots("before a query", "/a/..?b"),
          dots("encoded", "/%2e/a"),
          dots("encoded in either case", "/a/%2E%2e/b"),
          dots("half encoded", "/a/.%2e/b"),
          dots("encoded twice", "/a/%252e%252E/b"),
          dots("between encoded slashes", "/a%2f..%2Fb"),
          dots("between backslashes", "/a\\..\\b"),
          dots("between encoded backslashes", "/a%5c..%5Cb"),
          dots("with a parameter", "/a/..;x=y/b"),
          dots("with an encoded parameter", "/a/..%3bx/b"),
          dots("in an absolute target", "http://a/../b"),
          line(TARGET_FRAGMENT, "behind a path", "GET /a#b HTTP/1.1"),
          line(TARGET_FRAGMENT, "an empty one", "GET /# HTTP/1.1"),
          line(TARGET_FRAGMENT, "behind an absolute target", "GET http://a/#b HTTP/1.1"),
          line(TARGET_AUTHORITY, "another host", "GET http://b/ HTTP/1.1"),
          line(TARGET_AUTHORITY, "another port", "GET http://a:81/ HTTP/1.1"),
          line(TARGET_AUTHORITY, "a longer host", "GET http://aa/ HTTP/1.1"),
          line(TARGET_AUTHORITY, "userinfo", "GET http://u@a/ HTTP/1.1"),
          line(TARGET_AUTHORITY, "none", "GET http:///a HTTP/1.1"),
          head(
              TARGET_AUTHORITY,
              "absolute without Host",
              """
              GET http://a/ HTTP/1.0

              """),
          line(TARGET_ASTERISK, "with GET", "GET * HTTP/1.1"),
          line(TARGET_ASTERISK, "with POST", "POST * HTTP/1.1"),
          line(TARGET_ASTERISK, "with options in lower case", "options * HTTP/1.1"),
          line(CONNECT, "a tunnel", "CONNECT a:443 HTTP/1.1"),
          line(CONNECT, "a tunnel of HTTP/1.0", "CONNECT a:443 HTTP/1.0"),
          line(VERSION_FORM, "lower case", "GET / http/1.1"),
          line(VERSION_FORM, "two digits behind the dot", "GET / HTTP/1.10"),
          line(VERSION_FORM, "two digits before the dot", "GET / HTTP/01.1"),
          line(VERSION_FORM, "no minor version", "GET / HTTP/1"),
          line(VERSION_FORM, "nothing behind the dot", "GET / HTTP/1."),
          line(VERSION_FORM, "a letter", "GET / HTTP/1.x"),
          line(VERSION_FORM, "a comma", "GET / HTTP/1,1"),
          line(VERSION_FORM, "another protocol", "GET / HTTQ/1.1"),
          line(VERSION_FORM, "none", "GET / "),
          line(VERSION_MAJOR, "HTTP/2.0", "GET / HTTP/2.0"),
          line(VERSION_MAJOR, "HTTP/0.9 in full", "GET / HTTP/0.9"),
          head(
              VERSION_MAJOR,
              "the preface of HTTP/2",
              """
              PRI * HTTP/2.0

              SM

              """),
          raw(BARE_CR, "in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"),
          raw(BARE_CR, "in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"),
          raw(BARE_CR, "as a line end", "GET / HTTP/1.1\r\nX: a\rHost: a\r\n\r\n"),
          raw(BARE_CR, "two before LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
          raw(BARE_CR, "at the very start", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
          raw(BARE_CR, "instead of the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\rX: a\r\n\r\n"),
          raw(BARE_LF, "behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
          raw(BARE_LF, "behind a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"),
          raw(BARE_LF, "in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\nb: c\r\n\r\n"),
          raw(BARE_LF, "as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
          raw(BARE_LF, "at the very start", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
          line(CONTROL_BYTE, "NUL in the target", "GET /\0 HTTP/1.1"),
          line(CONTROL_BYTE, "escape in the method", "G\u001bT / HTTP/1.1"),
          line(CONTROL_BYTE, "DEL in the target", "GET /\u007f HTTP/1.1"),
          field(CONTROL_BYTE, "NUL in a value", "X: a\0b"),
          field(CONTROL_BYTE, "NUL in a name", "X\0: a"),
          field(CONTROL_BYTE, "DEL in a value", "X: a\u007f"),
          field(CONTROL_BYTE, "a vertical tab before a value", "Transfer-Encoding:\u000bchunked"),
          field(FOLDED_LINE, "with a space", "X: a\r\n b"),
          field(FOLDED_LINE, "with a tab", "X: a\r\n\tb"),
          field(FOLDED_LINE, "with nothing but a space", "X: a\r\n "),
          head(
              FOLDED_LINE,
              "the first field line",
              """
              GET / HTTP/1.1
               Host: a

              """),
          field(FIELD_WITHOUT_COLON, "a name alone", "X"),
          field(FIELD_WITHOUT_COLON, "words", "not a field"),
          field(SPACE_BEFORE_COLON, "a space", "X : a"),
          field(SPACE_BEFORE_COLON, "a tab", "X\t: a"),
          field(SPACE_BEFORE_COLON, "before a length", "Content-Length : 5"),
          field(FIELD_NAME, "an empty one", ": a"),
          field(FIELD_NAME, "a parenthesis", "X(y): a"),
          field(FIELD_NAME, "a byte above 127", "\u00dc: a"),
          head(
              HOST_MISSING,
              "HTTP/1.1",
              """
              GET / HTTP/1.1
              X: a

              """),
          field(HOST_TWICE, "two equal ones", "Host: a"),
          field(HOST_TWICE, "two in different case", "hOsT: b"),
          host("empty", ""),
          host("userinfo", "u@a"),
          host("a path", "a/b"),
          host("a query", "a?b"),
          host("a comma", "a,b"),
          host("a space inside", "a b"),
          host("a scheme", "http://a"),
          host("a byte above 127", "\u00e4"),
          host("port 0", "a:0"),
          host("port 65536", "a:65536"),
          host("a port of six digits", "a:000080"),
          host("an empty port", "a:"),
          host("a port with a sign", "a:+80"),
          host("a port that isn't a number", "a:b"),
          host("a port alone", ":80"),
          host("an IPv6 address without brackets", "::1"),
          host("an unclosed bracket", "[::1"),
          host("empty brackets", "[]"),
          host("a name in brackets", "[a]"),
          host("something behind the bracket", "[::1]a"),
          host("an empty port behind the bracket", "[::1]:"),
          field(
              LENGTH_WITH_CODING,
              "length first",
              "Content-Length: 5\r\nTransfer-Encoding: chunked"),
          field(
              LENGTH_WITH_CODING,
              "coding first",
              "Transfer-Encoding: chunked\r\nContent-Length: 5"),
          field(LENGTH_WITH_CODING, "length 0", "Content-Length: 0\r\nTransfer-Encoding: chunked"),
          field(
              LENGTH_WITH_CODING, "an unknown coding", "Content-Length: 5\r\nTransfer-Encoding: x"),
          field(LENGTH_TWICE, "two different ones", "Content-Length: 5\r\nContent-Length: 6"),
          field(LENGTH_TWICE, "two equal ones", "Content-Length: 5\r\nContent-Length: 5"),
          field(LENGTH_TWICE, "in different case", "Content-Length: 5\r\ncontent-LENGTH: 5"),
          length("a plus sign", "+5"),
          length("a minus sign", "-0"),
          length("hexadecimal", "0x1"),
          length("a space inside", "1 2"),
          length("a list of equal ones", "5, 5"),
          length("a fraction", "5.0"),
          length("empty", ""),
          length("2^63", "9223372036854775808"),
          length("2^64 + 5", "18446744073709551621"),
          length("many zeros", "0000000000000000005"),
          length("a letter", "5a"),
          length("a digit that isn't ASCII", "\u00b2"),
          field(CODING_INVALID, "an empty one", "Transfer-Encoding:"),
          field(CODING_INVALID, "chunked twice", "Transfer-Encoding: chunked, chunked"),
          field(CODING_INVALID, "an empty member behind", "Transfer-Encoding: chunked,"),
          field(CODING_INVALID, "an empty member before", "Transfer-Encoding: ,chunked"),
          field(
              CODING_INVALID,
              "two lines of chunked",
              "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
          field(
              CODING_INVALID,
              "two lines",
              "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
          field(CODING_INVALID, "chunked around", "Transfer-Encoding: chunked, gzip, chunked"),
          field(CODING_INVALID, "an empty member amid", "Transfer-Encoding: gzip,,chunked"),
          field(CODING_NOT_CHUNKED, "identity", "Transfer-Encoding: identity"),
          field(CODING_NOT_CHUNKED, "gzip", "Transfer-Encoding: gzip"),
          field(CODING_NOT_CHUNKED, "behind chunked", "Transfer-Encoding: chunked, gzip"),
          field(CODING_NOT_CHUNKED, "a prefix", "Transfer-Encoding: xchunked"),
          field(CODING_NOT_CHUNKED, "a parameter", "Transfer-Encoding: chunked;q=1"),
          field(CODING_NOT_CHUNKED, "a quoted one", "Transfer-Encoding: \"chunked\""),
          field(CODING_UNKNOWN, "gzip before chunked", "Transfer-Encoding: gzip, chunked"),
          field(CODING_UNKNOWN, "two before chunked", "Transfer-Encoding: a, b ,\tChunked"),
          forwards("no number", "x"),
          forwards("an empty one", ""),
          forwards("a sign", "+1"),
          forwards("a list", "1, 2"),
          forwards("too many digits", "1".repeat(19)),
          forwards("two lines", "1\r\nMax-Forwards: 1"),
          head(
              MAX_FORWARDS,
              "of TRACE",
              """
              TRACE / HTTP/1.1
              Host: a
              Max-Forwards: -1

              """),
          head(
              CODING_IN_HTTP_1_0,
              "chunked",
              """
              POST / HTTP/1.0
              Host: a
              Transfer-Encoding: chunked

              """),
          field(EXPECTATION_UNKNOWN, "another one", "Expect: a-miracle"),
          field(EXPECTATION_UNKNOWN, "an empty one", "Expect:"),
          field(EXPECTATION_UNKNOWN, "a list", "Expect: 100-continue, x"),
          field(EXPECTATION_UNKNOWN, "one of two", "Expect: 100-continue\r\nExpect: x"),
          line(TARGET_TOO_LONG, "by one byte", "GET /" + "a".repeat(200) + " HTTP/1.1"),
          raw(TARGET_TOO_LONG, "without an end", "GET /" + "a".repeat(300)),
          field(HEAD_TOO_LARGE, "a long value", "X: " + "a".repeat(1024)),
          raw(HEAD_TOO_LARGE, "by one byte", ofBytes(1025)),
          field(TOO_MANY_FIELDS, "by one", "X: a\r\n".repeat(11) + "X: a"));

  private BadRequests() {}

  /** A good request head of so many bytes. */
  static String ofBytes(int bytes) {
    String start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    return start + "a".repeat(bytes - start.length() - 4) + "\r\n\r\n";
  }

  private static Example raw(Rule rule, String what, String bytes) {
    return new Example(rule, what, bytes);
  }

  private static Example head(Rule rule, String what, String textBlock) {
    return new Example(rule, what, Bytes.crlf(textBlock));
  }

  private static Example line(Rule rule, String what, String requestLine) {
    return new Example(rule, what, requestLine + "\r\nHost: a\r\n\r\n");
  }

  private static Example field(Rule rule, String what, String fieldLines) {
    return new Example(
        rule, what, "POST /a HTTP/1.1\r\nHost: a\r\n" + fieldLines + "\r\nY: b\r\n\r\n");
  }

  private static Example length(String what, String value) {
    return field(LENGTH_INVALID, what, "Content-Length: " + value);
  }

  private static Example dots(String what, String target) {
    return line(TARGET_DOT_SEGMENT, what, "GET " + target + " HTTP/1.1");
  }

  private static Example forwards(String what, String value) {
    return new Example(
        MAX_FORWARDS, what, "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: " + value + "\r\n\r\n");
  }

  private static Example host(String what, String value) {
    return new Example(HOST_INVALID, what, "GET / HTTP/1.1\r\nX: a\r\nHost: " + value + "\r\n\r\n");
  }
}
