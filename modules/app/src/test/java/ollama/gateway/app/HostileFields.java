package ollama.gateway.app;

import static ollama.gateway.app.Hostile.*;

import java.util.List;

/** Requests whose fields could be read in two ways. */
final class HostileFields {

  /** All of them; each is refused. */
  static final List<Hostile> ALL =
      List.of(
          refused("CL.TE", length(6) + CHUNKED, LAST + "G"),
          refused("TE.CL", CHUNKED + length(4), chunk(HIDDEN) + LAST),
          refused("CL.TE with a length of 0", length(0) + CHUNKED, LAST),
          refused(
              "CL.TE with a coding in another case",
              length(0) + "TRANSFER-ENCODING: Chunked\r\n",
              LAST),
          refused("CL.TE with identity", length(5) + "Transfer-Encoding: identity\r\n", "abcde"),
          refused("two lengths", length(0) + length(5), "abcde"),
          refused("two equal lengths", length(5) + length(5), "abcde"),
          refused("two lengths apart", length(5) + "X: a\r\n" + "content-length: 0\r\n", "abcde"),
          refused("lengths in a list", "Content-Length: 5, 0\r\n", "abcde"),
          refused("equal lengths in a list", "Content-Length: 5, 5\r\n", "abcde"),
          refused("a length with a sign", "Content-Length: +5\r\n", "abcde"),
          refused("a negative length", "Content-Length: -5\r\n", "abcde"),
          refused("a hexadecimal length", "Content-Length: 0x5\r\n", "abcde"),
          refused("a length with an underscore", "Content-Length: 1_0\r\n", "abcdefghij"),
          refused("a length of digits and a space", "Content-Length: 5 0\r\n", "abcde"),
          refused("a length that overflows", "Content-Length: 18446744073709551621\r\n", "abcde"),
          refused("a length in quotes", "Content-Length: \"5\"\r\n", "abcde"),
          refused("an empty length", "Content-Length:\r\n", ""),
          refused("a space before a length's colon", "Content-Length : 5\r\n", "abcde"),
          refused("a tab before a length's colon", "Content-Length\t: 5\r\n", "abcde"),
          refused("a folded length", "Content-Length:\r\n 5\r\n", "abcde"),
          refused("NUL in a length", "Content-Length: 5\0\r\n", "abcde"),
          refused("TE.TE with an unknown coding", CHUNKED.replace("chunked", "xchunked"), LAST),
          refused(
              "TE.TE with identity last", CHUNKED.replace("chunked", "chunked, identity"), LAST),
          refused(
              "TE.TE with identity first",
              501,
              CHUNKED.replace("chunked", "identity, chunked"),
              LAST),
          refused("TE.TE in two lines", CHUNKED + "Transfer-Encoding: x\r\n", LAST),
          refused("TE.TE in two equal lines", CHUNKED + CHUNKED, LAST),
          refused("chunked twice", CHUNKED.replace("chunked", "chunked, chunked"), LAST),
          refused("an empty member", CHUNKED.replace("chunked", ",chunked"), LAST),
          refused("an empty coding", CHUNKED.replace("chunked", ""), LAST),
          refused("chunked in quotes", CHUNKED.replace("chunked", "\"chunked\""), LAST),
          refused("chunked with a parameter", CHUNKED.replace("chunked", "chunked;q=1"), LAST),
          refused(
              "a vertical tab before chunked", CHUNKED.replace(" chunked", "\u000bchunked"), LAST),
          refused("NUL behind chunked", CHUNKED.replace("chunked", "chunked\0"), LAST),
          refused(
              "a byte above 127 before chunked", CHUNKED.replace("chunked", "\u00a0chunked"), LAST),
          refused("a space before the colon", CHUNKED.replace(":", " :"), LAST),
          refused("a tab before the colon", CHUNKED.replace(":", "\t:"), LAST),
          refused("NUL before the colon", CHUNKED.replace(":", "\0:"), LAST),
          refused("a space before the name", "X: a\r\n " + CHUNKED, LAST),
          refused("a tab before the name", "X: a\r\n\t" + CHUNKED, LAST),
          refused("a folded coding", CHUNKED.replace(": ", ":\r\n "), LAST),
          refused("a coding behind a bare LF", "X: a\n" + CHUNKED, LAST),
          refused("a coding behind a bare CR", "X: a\r" + CHUNKED, LAST),
          refused("a coding behind CR CR LF", "X: a\r\r\n" + CHUNKED, LAST),
          refused("no colon", CHUNKED.replace(":", ""), LAST),
          refused("an empty name", ": a\r\n" + CHUNKED, LAST),
          refused("an expectation of more", 417, "Expect: 200-ok\r\n" + length(5), "abcde"),
          refused(
              "an expectation and another",
              417,
              "Expect: 100-continue, x\r\n" + length(5),
              "abcde"),
          refused("a bare LF instead of the empty line", length(5) + "\n", "abcde"));

  private HostileFields() {}
}
