package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SubscriberTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7,       192.0.2.7",
    "2001:db8:1:2::7, 2001:db8:1:2:f::9",
    "::1,             ::2",
    "fe80::1,         fe80::1",
  })
  void theseAreOne(String one, String other) {
    assertEquals(of(one), of(other));
    assertEquals(0, of(one).compareTo(of(other)));
    assertEquals(of(one).hashCode(), of(other).hashCode());
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7,       192.0.2.8",
    "2001:db8:1:2::7, 2001:db8:1:3::7",
    "::1,             192.0.2.7",
    "fe80::1,         fe80::2",
    "fe80::1,         fe80:0:0:1::1",
  })
  void theseAreTwo(String one, String other) {
    assertNotEquals(of(one), of(other));
    assertTrue(of(one).compareTo(of(other)) < 0 != of(other).compareTo(of(one)) < 0);
  }

  @Test
  void anIpv4MappedAddressIsTheIpv4Address() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = mapped[11] = -1;
    System.arraycopy(InetAddress.ofLiteral("192.0.2.7").getAddress(), 0, mapped, 12, 4);

    assertEquals(of("192.0.2.7"), Subscriber.of(Inet6Address.getByAddress("", mapped, 0)));
  }

  @Test
  void aZoneDoesNotCount() throws UnknownHostException {
    byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();

    assertEquals(of("fe80::1"), Subscriber.of(Inet6Address.getByAddress("", linkLocal, 3)));
  }

  private static Subscriber of(String literal) {
    return Subscriber.of(InetAddress.ofLiteral(literal));
  }
}
