package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressTextTest {

  /** RFC 5952 section 4, rule by rule. */
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,                 127.0.0.1",
    "::1,                       ::1",
    "::,                        ::",
    "1::,                       1::",
    "2001:0db8::0001,           2001:db8::1",
    "2001:db8:0:1:1:1:1:1,      2001:db8:0:1:1:1:1:1",
    "2001:db8:0:0:1:0:0:1,      2001:db8::1:0:0:1",
    "2001:0:0:1:0:0:0:1,        2001:0:0:1::1",
    "2001:DB8:A:B:C:D:E:F,      2001:db8:a:b:c:d:e:f",
    "0:0:1:2:3:4:5:6,           ::1:2:3:4:5:6",
    "1:2:3:4:5:6:0:0,           1:2:3:4:5:6::",
    "0:1:2:3:4:5:6:7,           0:1:2:3:4:5:6:7"
  })
  void isWrittenInItsShortForm(String address, String text) {
    assertEquals(text, AddressText.of(InetAddress.ofLiteral(address)));
  }

  @Test
  void hasNoZone() throws UnknownHostException {
    byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();

    assertEquals("fe80::1", AddressText.of(Inet6Address.getByAddress("", linkLocal, 3)));
  }
}
