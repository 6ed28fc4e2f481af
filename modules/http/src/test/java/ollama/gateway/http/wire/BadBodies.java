package ollama.gateway.http.wire;

import static ollama.gateway.http.wire.Rule.*;

import java.util.List;

/** Chunked bodies that break a rule, and such as are cut off. */
public final class BadBodies {

  /** All that break a rule by what was sent. */
  public static final List<Example> ALL =
      List.of(
          of(CHUNK_SIZE, "none", "\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "a plus sign", "+3\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "a minus sign", "-0\r\n\r\n"),
          of(CHUNK_SIZE, "a prefix", "0x3\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "a space before", " 3\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "a space behind", "3 \r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "no digit", "g\r\n"),
          of(CHUNK_SIZE, "a letter that lowers to one", "\u00c1\r\n"),
          of(CHUNK_SIZE, "2^64 + 3", "10000000000000003\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "2^63", "8000000000000000\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "many zeros", "0".repeat(16) + "\r\n\r\n"),
          of(CHUNK_SIZE, "an extension without a size", ";a\r\n"),
          of(CHUNK_SIZE, "a bare LF behind", "3\nabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "a bare CR behind", "3\rabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "a bare CR behind an extension", "3;a\rabc\r\n0\r\n\r\n"),
          of(CHUNK_SIZE, "wrong in the second chunk", "3\r\nabc\r\nx\r\n"),
          of(CHUNK_EXTENSION, "too long", "3;" + "a".repeat(257) + "\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_EXTENSION, "a bare LF behind", "3;a\nabc\r\n0\r\n\r\n"),
          of(CHUNK_EXTENSION, "NUL", "3;a\0\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_EXTENSION, "DEL", "3;\u007f\r\nabc\r\n0\r\n\r\n"),
          of(CHUNK_EXTENSION, "too many", ("1;" + "a".repeat(250) + "\r\na\r\n").repeat(66)),
          of(CHUNK_END, "more data than said", "3\r\nabcd\r\n0\r\n\r\n"),
          of(CHUNK_END, "less data than said", "5\r\nabc\r\n0\r\n\r\n00\r\n\r\n"),
          of(CHUNK_END, "a bare LF", "3\r\nabc\n0\r\n\r\n"),
          of(CHUNK_END, "a bare CR", "3\r\nabc\r0\r\n\r\n"),
          of(CHUNK_END, "nothing", "3\r\nabc0\r\n\r\n"),
          of(TRAILER, "no colon", "0\r\nX\r\n\r\n"),
          of(TRAILER, "an empty name", "0\r\n: a\r\n\r\n"),
          of(TRAILER, "a space before the colon", "0\r\nX : a\r\n\r\n"),
          of(TRAILER, "folded", "0\r\nX: a\r\n b\r\n\r\n"),
          of(TRAILER, "NUL", "0\r\nX: \0\r\n\r\n"),
          of(TRAILER, "a bare LF behind a line", "0\r\nX: a\n\r\n"),
          of(TRAILER, "a bare LF at the end", "0\r\n\n"),
          of(TRAILER, "a bare CR", "0\r\nX: a\rb\r\n\r\n"),
          of(TRAILER, "a bare CR at the end", "0\r\n\rGET / HTTP/1.1\r\n"),
          of(TRAILER, "the next request", "0\r\nGET / HTTP/1.1\r\n"),
          of(TRAILER_TOO_LARGE, "one line", "0\r\nX: " + "a".repeat(8192)),
          of(TRAILER_TOO_LARGE, "many lines", "0\r\n" + "X: a\r\n".repeat(1400)));

  /** All that break {@link Rule#TRUNCATED} when the connection ends behind them. */
  public static final List<Example> CUT =
      List.of(
          of(TRUNCATED, "before the first chunk", ""),
          of(TRUNCATED, "in a size", "3"),
          of(TRUNCATED, "behind a size", "3\r\n"),
          of(TRUNCATED, "in the data", "3\r\nab"),
          of(TRUNCATED, "behind the data", "3\r\nabc"),
          of(TRUNCATED, "behind a chunk", "3\r\nabc\r\n"),
          of(TRUNCATED, "in an extension", "3;a"),
          of(TRUNCATED, "in the last chunk", "3\r\nabc\r\n0\r"),
          of(TRUNCATED, "before the trailers", "3\r\nabc\r\n0\r\n"),
          of(TRUNCATED, "in a trailer", "3\r\nabc\r\n0\r\nX: a"),
          of(TRUNCATED, "before the very last byte", "3\r\nabc\r\n0\r\n\r"));

  private BadBodies() {}

  private static Example of(Rule rule, String what, String bytes) {
    return new Example(rule, what, bytes);
  }
}
