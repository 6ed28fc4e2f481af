package ollama.gateway.http.wire;

import java.util.List;

/** What isn't a header of the PROXY protocol, or isn't a well-formed one. */
final class BadProxyHeaders {

  static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

  private static final String IPV4 = "\1\2\3\4\5\6\7\10\0\1\0\2";

  static final List<Example> ALL =
      List.of(
          of("none", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
          of("in small letters", "proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n"),
          of("no family", "PROXY \r\n"),
          of("another family", "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n"),
          of("a family in small letters", "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n"),
          of("no ports", "PROXY TCP4 192.0.2.1 192.0.2.2\r\n"),
          of("too much", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"),
          of("two spaces", "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n"),
          of("a name", "PROXY TCP4 localhost 192.0.2.2 1 2\r\n"),
          of("no whole address", "PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n"),
          of("too large a number", "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"),
          of("a zero in front", "PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n"),
          of("no destination", "PROXY TCP4 192.0.2.1  1 2\r\n"),
          of("IPv6 as IPv4", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n"),
          of("IPv4 as IPv6", "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n"),
          of("a zone", "PROXY TCP6 fe80::1%lo fe80::2 1 2\r\n"),
          of("brackets", "PROXY TCP6 [2001:db8::1] 2001:db8::2 1 2\r\n"),
          of("a port beyond", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n"),
          of("a port with a sign", "PROXY TCP4 192.0.2.1 192.0.2.2 1 +2\r\n"),
          of("LF alone", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\nGET / HTTP/1.1\r\n\r\n"),
          of("CR alone", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\rGET / HTTP/1.1\r\n\r\n"),
          of("a line that is too long", "PROXY UNKNOWN " + "a".repeat(93)),
          of("a line that doesn't end", "PROXY TCP4 192.0.2.1 192.0.2"),
          of("another signature", "\r\n\r\n\1" + "a".repeat(20)),
          of("an empty line and a request", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
          of("version 1 in binary", SIGNATURE + "\21\21\0\14" + IPV4),
          of("version 3", SIGNATURE + "\61\21\0\14" + IPV4),
          of("another command", SIGNATURE + "\42\21\0\14" + IPV4),
          of("no room for the addresses", SIGNATURE + "\41\21\0\13" + IPV4.substring(1)),
          of("no room for those of IPv6", SIGNATURE + "\41\41\0\14" + IPV4),
          of("longer than anybody needs", SIGNATURE + "\41\21\20\0" + IPV4),
          of("half an addition", SIGNATURE + "\41\21\0\16" + IPV4 + "\4\0"),
          of("an addition that is too long", SIGNATURE + "\41\21\0\20" + IPV4 + "\4\0\2a"),
          of("a checksum of another length", SIGNATURE + "\41\21\0\20" + IPV4 + "\3\0\1a"),
          of("a wrong checksum", SIGNATURE + "\41\21\0\23" + IPV4 + "\3\0\4abcd"),
          of("a header that doesn't end", SIGNATURE + "\41\21\0\14" + IPV4.substring(1)));

  private BadProxyHeaders() {}

  private static Example of(String what, String bytes) {
    return new Example(Rule.PROXY_HEADER, what, bytes);
  }
}
