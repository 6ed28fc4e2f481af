package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SubscriberTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7,         192.0.2.7",
    "::ffff:192.0.2.7,  192.0.2.7",
    "2001:db8:1:2::7,   2001:db8:1:2::",
    "2001:db8:1:2:f::9, 2001:db8:1:2::",
    "2001:db8:1:3::7,   2001:db8:1:3::",
    "::1,               ::",
  })
  void anIpv6ClientIsItsWholeNetwork(String client, String counted) {
    assertEquals(InetAddress.ofLiteral(counted), Subscriber.of(InetAddress.ofLiteral(client)));
  }
}
