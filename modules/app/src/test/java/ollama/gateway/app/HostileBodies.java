package ollama.gateway.app;

import static ollama.gateway.app.Hostile.*;

import java.util.List;

/** Requests whose bodies could be read in two ways. */
final class HostileBodies {

  /** All of them; each is refused. */
  static final List<Hostile> ALL =
      List.of(
          refused("a size with a prefix", CHUNKED, "0x1\r\na\r\n" + LAST),
          refused("a size with a sign", CHUNKED, "+1\r\na\r\n" + LAST),
          refused("a negative size", CHUNKED, "-1\r\na\r\n" + LAST),
          refused("a space before a size", CHUNKED, " 1\r\na\r\n" + LAST),
          refused("a space behind a size", CHUNKED, "1 \r\na\r\n" + LAST),
          refused(
              "a size that overflows 32 bits in 16 digits",
              CHUNKED,
              "0000000100000001\r\na\r\n" + LAST),
          refused("a size that overflows 64 bits", CHUNKED, "10000000000000001\r\na\r\n" + LAST),
          refused("an empty size", CHUNKED, "\r\n" + LAST),
          refused("an underscore in a size", CHUNKED, "1_0\r\n0123456789abcdef\r\n" + LAST),
          refused("a bare LF behind a size", CHUNKED, "1\na\r\n" + LAST),
          refused("a bare CR behind a size", CHUNKED, "1\ra\r\n" + LAST),
          refused("a bare LF in an extension", CHUNKED, "1;\na\r\n" + LAST),
          refused("a bare CR in an extension", CHUNKED, "1;\ra\r\na\r\n" + LAST),
          refused("NUL in an extension", CHUNKED, "1;\0\r\na\r\n" + LAST),
          refused(
              "an extension that is too long",
              CHUNKED,
              "1;" + "a".repeat(300) + "\r\na\r\n" + LAST),
          refused("a bare LF behind the data", CHUNKED, "1\r\na\n" + LAST),
          refused("a bare CR behind the data", CHUNKED, "1\r\na\r" + LAST),
          refused("two bytes for the line end behind the data", CHUNKED, "1\r\naxx" + LAST),
          refused("no line end behind the data", CHUNKED, "1\r\na" + LAST),
          refused("more data than said", CHUNKED, "1\r\nab\r\n" + LAST),
          refused("a bare LF as the last line", CHUNKED, "0\r\n\n"),
          refused("a bare LF behind the last size", CHUNKED, "0\n\r\n"),
          refused("a bare LF behind a trailer", CHUNKED, "0\r\nX: a\n\r\n"),
          refused("a folded trailer", CHUNKED, "0\r\nX: a\r\n b\r\n\r\n"),
          refused("a trailer without a colon", CHUNKED, "0\r\nX\r\n\r\n"),
          refused("a space before a trailer's colon", CHUNKED, "0\r\nX : a\r\n\r\n"),
          refused("no empty line behind the last size", CHUNKED, "0\r\n"),
          behind("two line ends behind the body", length(5), "abcde\r\n\r\n"),
          behind("a second last chunk", CHUNKED, "5\r\nabcde\r\n" + LAST + LAST));

  private HostileBodies() {}
}
