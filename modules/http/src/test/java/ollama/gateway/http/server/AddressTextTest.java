package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressTextTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "::1, ::1",
    "::, ::",
    "2001:db8::1, 2001:db8::1",
    "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "fe80::, fe80::",
    "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
  })
  void writesAddressesAsRfc5952Does(String address, String text) {
    assertEquals(text, AddressText.of(InetAddress.ofLiteral(address)));
  }
}
