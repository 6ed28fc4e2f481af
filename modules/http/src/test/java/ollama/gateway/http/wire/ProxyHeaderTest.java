package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a proxy says of whose connection it is; all that is wrong in it is in BadProxyHeaders. */
class ProxyHeaderTest {

  private static final String BEHIND = "GET / HTTP/1.1\r\n";
  private static final String IPV4 = "\300\0\2\1\300\0\2\2\0\1\0\2";
  private static final String IPV6 =
      "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\2\0\1\0\2";

  @ParameterizedTest
  @CsvSource({
    "PROXY TCP4 192.0.2.1 192.0.2.2 1 65535, 192.0.2.1",
    "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535, 255.255.255.255",
    "PROXY TCP6 2001:db8::1 2001:DB8::2 0 2, 2001:db8::1",
    "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2, 192.0.2.1",
    // As nginx does with an IPv4 client and an IPv6 listener, or one on a Unix socket.
    "PROXY TCP4 192.0.2.1 2001:db8::2 1 2, 192.0.2.1",
    "PROXY TCP4 192.0.2.1 unix:/run/x 1 0, 192.0.2.1",
  })
  void aLineOfTextNamesTheClient(String line, String client) throws Exception {
    assertEquals(Optional.of(InetAddress.ofLiteral(client)), parse(line + "\r\n").client());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY UNKNOWN",
        "PROXY UNKNOWN ",
        "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535",
      })
  void orNobody(String line) throws Exception {
    assertEquals(Optional.empty(), parse(line + "\r\n").client());
  }

  @Test
  void theBinaryOneNamesTheClient() throws Exception {
    assertEquals(
        Optional.of(InetAddress.ofLiteral("192.0.2.1")),
        parse(binary('\41', '\21', IPV4)).client());
    assertEquals(
        Optional.of(InetAddress.ofLiteral("2001:db8::1")),
        parse(binary('\41', '\41', IPV6)).client());
  }

  @Test
  void orNobodyWhereTheProxySpeaksForItselfOrOfNoAddress() throws Exception {
    String sockets = "a".repeat(216);
    assertEquals(Optional.empty(), parse(binary('\40', '\0', "")).client());
    assertEquals(Optional.empty(), parse(binary('\40', '\21', IPV4)).client());
    assertEquals(Optional.empty(), parse(binary('\41', '\0', "anything")).client());
    assertEquals(Optional.empty(), parse(binary('\41', '\22', IPV4)).client());
    assertEquals(Optional.empty(), parse(binary('\41', '\61', sockets)).client());
  }

  @Test
  void whatStandsBehindTheAddressesIsSkippedAndItsChecksumVerified() throws Exception {
    String noop = "\4\0\2ab";
    String authority = "\2\0\5a.org";
    String sum = "\3\0\4";
    String before = noop + authority + sum;
    String zeros = binary('\41', '\21', IPV4 + before + "\0\0\0\0" + noop);
    CRC32C crc = new CRC32C();
    crc.update(zeros.getBytes(StandardCharsets.ISO_8859_1));
    byte[] value = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
    String right = new String(value, StandardCharsets.ISO_8859_1);

    ProxyHeader header = parse(binary('\41', '\21', IPV4 + before + right + noop));

    assertEquals(Optional.of(InetAddress.ofLiteral("192.0.2.1")), header.client());
  }

  private static String binary(char command, char family, String rest) {
    String length = "" + (char) (rest.length() >> 8) + (char) (rest.length() & 0xff);
    return BadProxyHeaders.SIGNATURE + command + family + length + rest;
  }

  /** The header, which is found when its last byte is there, and nothing of it is used before. */
  private static ProxyHeader parse(String bytes) throws ProtocolException {
    byte[] all = (bytes + BEHIND).getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer buffer = ByteBuffer.wrap(all);
    for (int there = 0; there < bytes.length(); there++) {
      buffer.limit(there);
      assertEquals(Optional.empty(), ProxyHeader.parse(buffer), () -> "at " + buffer.limit());
      assertEquals(0, buffer.position());
    }
    buffer.limit(all.length);
    ProxyHeader header = ProxyHeader.parse(buffer).orElseThrow();
    assertEquals(BEHIND, StandardCharsets.ISO_8859_1.decode(buffer).toString());
    return header;
  }
}
