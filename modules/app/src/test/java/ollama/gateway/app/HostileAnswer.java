package ollama.gateway.app;

import java.util.List;
import java.util.Optional;

/**
 * An answer by which a server might say two things at once.
 *
 * @param what is wrong with it, for the test's report
 * @param method of the request
 * @param bytes what the server sends
 * @param behind what it sends unasked at the same moment as the last byte of the answer
 * @param closes whether it closes the connection then
 * @param status what the client gets, if it may get a whole answer; else 502
 * @param body the answer's body; of a broken one, what may get through before the connection is
 *     aborted, or nothing when none of it may
 */
record HostileAnswer(
    String what,
    String method,
    String bytes,
    String behind,
    boolean closes,
    int status,
    Optional<String> body) {

  /** What no client may ever see. */
  static final String EVIL = "evil";

  private static final String HIDDEN = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + EVIL;
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String LENGTH = "Content-Length: 2\r\n";
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";
  private static final String LAST = "0\r\n\r\n";
  private static final String CHUNKS = "1\r\n{\r\n1\r\n}\r\n" + LAST;

  private static final String INNER = LAST + OK + LENGTH + "\r\n{}";

  /** Those that can be read in one way only. */
  static final List<HostileAnswer> WHOLE =
      List.of(
          whole("a length", LENGTH, "{}"),
          whole("chunks", CHUNKED, CHUNKS),
          whole("chunked in another case", "transfer-ENCODING:\tChunked \r\n", CHUNKS),
          whole("extensions", CHUNKED, "2;" + EVIL + "=\"1\"\r\n{}\r\n0;" + EVIL + "\r\n\r\n"),
          whole("a length in a trailer", CHUNKED, "2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n"),
          whole(
              "a cookie in a trailer", CHUNKED, "2\r\n{}\r\n0\r\nSet-Cookie: " + EVIL + "\r\n\r\n"),
          whole("the length named by Connection", "Connection: Content-Length\r\n" + LENGTH, "{}"),
          whole(
              "the coding named by Connection",
              "Connection: Transfer-Encoding\r\n" + CHUNKED,
              CHUNKS),
          whole("an upgrade", "Connection: Upgrade\r\nUpgrade: h2c\r\n" + LENGTH, "{}"),
          whole("no reason", "", "").as("HTTP/1.1 200 \r\n" + LENGTH + "\r\n{}"),
          whole("nor a space before it", "", "").as("HTTP/1.1 200\r\n" + LENGTH + "\r\n{}"),
          whole("until the end", "", "{}").closing(),
          whole("until the end, HTTP/1.0", "", "").as("HTTP/1.0 200 OK\r\n\r\n{}").closing(),
          whole("an interim one before", "", "").as(interim("103 Early Hints", "") + length()),
          whole("an unasked continue", "", "").as(interim("100 Continue", "") + length()),
          whole("an interim one with a length", "", "")
              .as(interim("103 Early Hints", LENGTH) + length()),
          whole("sixteen interim ones", "", "")
              .as(interim("102 Processing", "").repeat(16) + length()),
          whole("an answer in the body", LENGTH.replace("2", "" + INNER.length()), INNER)
              .holding(INNER),
          whole("a second answer", LENGTH, "{}").followedBy(HIDDEN),
          whole("a second answer behind chunks", CHUNKED, CHUNKS).followedBy(HIDDEN),
          whole("a line end behind", LENGTH, "{}").followedBy("\r\n"),
          whole("an interim one behind", LENGTH, "{}").followedBy(interim("100 Continue", "")),
          none("204", ""),
          none("204", "").followedBy(HIDDEN),
          none("204", LENGTH.replace("2", "" + HIDDEN.length())).followedBy(HIDDEN),
          none("204", CHUNKED).followedBy("29\r\n" + HIDDEN + "\r\n" + LAST),
          none("304", LENGTH),
          none("304", LENGTH).followedBy(HIDDEN),
          none("205", "Content-Length: 0\r\n"),
          head(LENGTH),
          head(LENGTH).followedBy("{}"),
          head(CHUNKED).followedBy(CHUNKS),
          head(LENGTH).followedBy(HIDDEN));

  /** Those that no client may get. */
  static final List<HostileAnswer> BROKEN_HEADS =
      List.of(
          broken("CL.TE", LENGTH + CHUNKED, CHUNKS),
          broken("TE.CL", CHUNKED + LENGTH, CHUNKS),
          broken("two lengths", LENGTH + LENGTH.replace("2", "45"), "{}" + HIDDEN),
          broken("two equal lengths", LENGTH + LENGTH, "{}"),
          broken("lengths in a list", "Content-Length: 2, 2\r\n", "{}"),
          broken("a length with a sign", "Content-Length: +2\r\n", "{}"),
          broken("a negative length", "Content-Length: -1\r\n", "{}"),
          broken("a length that overflows", "Content-Length: 18446744073709551618\r\n", "{}"),
          broken("an empty length", "Content-Length:\r\n", "{}"),
          broken("an unknown coding", "Transfer-Encoding: gzip, chunked\r\n", CHUNKS),
          broken("identity", "Transfer-Encoding: identity\r\n" + LENGTH, "{}"),
          broken("chunked twice", "Transfer-Encoding: chunked, chunked\r\n", CHUNKS),
          broken("two codings", CHUNKED + CHUNKED, CHUNKS),
          broken("a vertical tab", "Transfer-Encoding:\u000bchunked\r\n", CHUNKS),
          broken("a folded coding", "Transfer-Encoding:\r\n chunked\r\n", CHUNKS),
          broken("a folded field", "X: a\r\n " + LENGTH, "{}"),
          broken("a space before the colon", "Content-Length : 2\r\n", "{}"),
          broken("no colon", "Content-Length 2\r\n", "{}"),
          broken("an empty name", ": 2\r\n" + LENGTH, "{}"),
          broken("NUL in a value", "X: a\0b\r\n" + LENGTH, "{}"),
          broken("a bare CR in a value", "X: a\rSet-Cookie: " + EVIL + "\r\n" + LENGTH, "{}"),
          broken("a bare LF in a value", "X: a\nSet-Cookie: " + EVIL + "\r\n" + LENGTH, "{}"),
          broken("too large", "X: " + "a".repeat(33_000) + "\r\n" + LENGTH, "{}"),
          broken("too many fields", "X: a\r\n".repeat(101) + LENGTH, "{}"),
          broken("bare LFs", "", "").as((OK + LENGTH + "\r\n{}").replace("\r", "")),
          broken("bare CRs", "", "").as((OK + LENGTH + "\r\n{}").replace("\n", "")),
          broken("an empty line before", "", "").as("\r\n" + length()),
          broken("coding in HTTP/1.0", "", "")
              .as("HTTP/1.0 200 OK\r\n" + CHUNKED + "\r\n" + CHUNKS),
          broken("a tab behind the status", "", "").as("HTTP/1.1 200\tOK\r\n" + LENGTH + "\r\n{}"),
          broken("two digits", "", "").as("HTTP/1.1 20 OK\r\n" + LENGTH + "\r\n{}"),
          broken("four digits", "", "").as("HTTP/1.1 2000 OK\r\n" + LENGTH + "\r\n{}"),
          broken("a status below 100", "", "").as("HTTP/1.1 099 OK\r\n" + LENGTH + "\r\n{}"),
          broken("a sign", "", "").as("HTTP/1.1 +20 OK\r\n" + LENGTH + "\r\n{}"),
          broken("HTTP/2", "", "").as("HTTP/2.0 200 OK\r\n" + LENGTH + "\r\n{}"),
          broken("another protocol", "", "").as("ICY 200 OK\r\n" + LENGTH + "\r\n{}"),
          broken("a body alone", "", "").as("{\"" + EVIL + "\":\"no head at all\"}\r\n\r\n"),
          broken("frames of HTTP/2", "", "").as("\0\0\u0012\4\0\0\0\0\0\0\3\0\0\0d\r\n\r\n"),
          broken("switching protocols", "", "")
              .as("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + HIDDEN),
          broken("seventeen interim ones", "", "")
              .as(interim("102 Processing", "").repeat(17) + length()),
          broken("a broken one behind an interim one", "", "")
              .as(interim("103 Early Hints", "") + "HTTP/1.1 2\r\n\r\n"),
          broken("half a head", "", "").as(OK + "Content-Le").closing(),
          broken("a head without its empty line", "", "").as(OK + LENGTH).closing(),
          broken("an interim one only", "", "").as(interim("103 Early Hints", "")).closing(),
          broken("CL.TE where no body can be", "", "")
              .as("HTTP/1.1 204 No Content\r\n" + LENGTH + CHUNKED + "\r\n"));

  /** Those of which a client may get a part, and must be told that there was more. */
  static final List<HostileAnswer> BROKEN_BODIES =
      List.of(
          broken("a cut length", "Content-Length: 3\r\n", "{}").holding("{}").closing(),
          broken("nothing of a length", LENGTH, "").holding("").closing(),
          broken("no last chunk", CHUNKED, "2\r\n{}\r\n").holding("{}").closing(),
          broken("no empty line", CHUNKED, "2\r\n{}\r\n0\r\n").holding("{}").closing(),
          broken("a cut trailer", CHUNKED, "2\r\n{}\r\n0\r\nX: a\r\n").holding("{}").closing(),
          broken("a cut chunk", CHUNKED, "3\r\n{}").holding("{}").closing(),
          chunks("a size with a prefix", "0x4\r\n" + EVIL + "\r\n" + LAST),
          chunks("a size with a sign", "+4\r\n" + EVIL + "\r\n" + LAST),
          chunks("a negative size", "-1\r\n" + EVIL),
          chunks("a space behind a size", "4 \r\n" + EVIL + "\r\n" + LAST),
          chunks("a size that overflows", "10000000000000004\r\n" + EVIL + "\r\n" + LAST),
          chunks("an empty size", "\r\n" + LAST),
          chunks("an answer instead of a size", HIDDEN),
          chunks("a bare LF behind a size", "4\n" + EVIL + "\r\n" + LAST),
          chunks("a bare LF in an extension", "4;\n" + EVIL + "\r\n" + LAST),
          chunks("NUL in an extension", "4;\0\r\n" + EVIL + "\r\n" + LAST),
          chunks("an extension that is too long", "4;" + "a".repeat(300) + "\r\n" + EVIL),
          chunks("a bare LF at the end", "0\n\n"),
          chunks("a bare LF as the last line", "0\r\n\n"),
          chunks("a trailer without a colon", "0\r\n" + EVIL + "\r\n\r\n"),
          chunks("a folded trailer", "0\r\nX: a\r\n b\r\n\r\n"),
          chunks("an answer among the trailers", "0\r\n" + HIDDEN + "\r\n\r\n"),
          broken("more data than said", CHUNKED, "2\r\n{}" + EVIL + "\r\n" + LAST).holding("{}"),
          broken("a bare LF behind data", CHUNKED, "2\r\n{}\n" + LAST).holding("{}"),
          broken("no line end behind data", CHUNKED, "2\r\n{}" + LAST).holding("{}"));

  @Override
  public String toString() {
    return what;
  }

  private static HostileAnswer whole(String what, String fields, String body) {
    return new HostileAnswer(
        what, "POST", OK + fields + "\r\n" + body, "", false, 200, Optional.of("{}"));
  }

  private static HostileAnswer none(String status, String fields) {
    String bytes = "HTTP/1.1 " + status + " Status\r\n" + fields + "\r\n";
    return new HostileAnswer(
        status + " " + fields.strip(),
        "POST",
        bytes,
        "",
        false,
        Integer.parseInt(status),
        Optional.of(""));
  }

  private static HostileAnswer head(String fields) {
    return new HostileAnswer(
        "HEAD " + fields.strip(), "HEAD", OK + fields + "\r\n", "", false, 200, Optional.of(""));
  }

  private static HostileAnswer broken(String what, String fields, String body) {
    return new HostileAnswer(
        what, "POST", OK + fields + "\r\n" + body, "", false, 502, Optional.empty());
  }

  /** A good chunk and then a bad one. */
  private static HostileAnswer chunks(String what, String bad) {
    return broken(what, CHUNKED, "2\r\n{}\r\n" + bad).holding("{}");
  }

  private static String length() {
    return OK + LENGTH + "\r\n{}";
  }

  private static String interim(String status, String fields) {
    return "HTTP/1.1 " + status + "\r\n" + fields + "\r\n";
  }

  private HostileAnswer as(String all) {
    return new HostileAnswer(what, method, all, behind, closes, status, body);
  }

  private HostileAnswer followedBy(String more) {
    return new HostileAnswer(what + ", and more", method, bytes, more, closes, status, body);
  }

  private HostileAnswer closing() {
    return new HostileAnswer(what, method, bytes, behind, true, status, body);
  }

  private HostileAnswer holding(String part) {
    return new HostileAnswer(what, method, bytes, behind, closes, status, Optional.of(part));
  }
}
