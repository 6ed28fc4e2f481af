package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressLiteralTest {

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "2001:DB8::a, 2001:db8::a",
    "::ffff:192.0.2.1, 192.0.2.1",
    "2001:0db8:0000:0000:0000:0000:192.168.100.200, 2001:db8::c0a8:64c8",
  })
  void anAddressIsRead(String text, String address) {
    assertEquals(Optional.of(InetAddress.ofLiteral(address)), AddressLiteral.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "127.1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.",
        "1.2.3.256",
        "1.2.3.1000",
        "01.2.3.4",
        "0x7f.0.0.1",
        "+1.2.3.4",
        "1.2.3.4 ",
        "\u0661.2.3.4",
        "localhost",
        "a.b.c.d",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "fe80::1%lo",
        "fe80::1%1",
        "[::1]",
        "::1/128",
        "\uff11::",
        "g::1",
        "1:2:3:4:5:6:7:8:9",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
      })
  void whateverElseIsNone(String text) {
    assertEquals(Optional.empty(), AddressLiteral.parse(text));
  }
}
