package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ListenAddressTest {

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0:8080, '', 0.0.0.0, 8080",
    "[::1]:8080, '', ::1, 8080",
    "[::]:0, '', ::, 0",
    "[fe80::1%eth0]:80, '', fe80::1%eth0, 80",
    ":8080, '', '', 8080",
    "localhost:65535, '', localhost, 65535",
    "http://0.0.0.0:8080, http, 0.0.0.0, 8080",
    "https://[::1]:8443, https, ::1, 8443",
    "https://:8443, https, '', 8443",
  })
  void isReadAndWritten(String text, String scheme, String host, int port) {
    ListenAddress address = ListenAddress.parse(text);

    assertEquals(new ListenAddress(scheme, host, port), address);
    assertEquals(text, address.toString());
  }

  @Test
  void aSchemeMayBeInCapitals() {
    assertEquals("https://[::1]:8443", ListenAddress.parse("HTTPS://[::1]:8443").toString());
  }

  @ParameterizedTest
  @CsvSource({
    "'', expected a host",
    "8080, ':8080 for every interface'",
    "localhost, expected a host",
    "localhost:, a port is a whole number from 0 to 65535",
    "localhost:65536, a port",
    "localhost:-1, a port",
    "localhost:http, a port",
    "::1:8080, stands in brackets",
    "[::1], 'expected a host, a colon and a port'",
    "[::1:8080, stands in brackets",
    "http://localhost, 'expected a host, a colon and a port'",
    "://:8080, 'expected http or https before ://'",
    "https://, 'expected a host, a colon and a port'",
    "HTTPS://[::1]:8080/, no path stands here",
    "http://localhost:80/api, no path stands here",
    "ftp://localhost:80, 'expected http:// or https:// before the host, or neither, found ftp'",
    "'0.0.0.0:8080,127.0.0.1:8081', each as a text of its own in a list",
    "'0.0.0.0:8080 ', one address stands here",
    "0.0.0.0:8080:8081, there are several colons",
    "fd00::1%eth0:8080, stands in brackets",
    "[localhost]:80, isn't an IPv6 address",
    "[]:80, isn't an IPv6 address",
    "[::1%a b]:80, isn't an IPv6 address",
    "10.0.0.300:80, neither an address nor a name",
    "https://::1:80, stands in brackets",
  })
  void isRefused(String text, String messagePart) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ListenAddress.parse(text));

    assertTrue(e.toString().contains(messagePart), e.toString());
  }
}
