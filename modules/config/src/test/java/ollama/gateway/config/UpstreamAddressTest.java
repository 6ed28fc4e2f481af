package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UpstreamAddressTest {

  @ParameterizedTest
  @CsvSource({
    "http://localhost:11434, http://localhost:11434, localhost:11434",
    "http://localhost:11434/, http://localhost:11434, localhost:11434",
    "http://host, http://host:80, host",
    "http://host:80, http://host:80, host",
    "HTTP://Host.Example/, http://host.example:80, host.example",
    "http://host/base, http://host:80/base, host",
    "http://host:1/base/x%20y//, http://host:1/base/x%20y, host:1",
    "http://10.0.0.1:65535, http://10.0.0.1:65535, 10.0.0.1:65535",
    "http://[::1]:11434, http://[::1]:11434, [::1]:11434",
    "http://[FD00::1]/base/, http://[fd00::1]:80/base, [fd00::1]",
    "http://my_service-1:8000, http://my_service-1:8000, my_service-1:8000",
    "https://ollama.com, https://ollama.com:443, ollama.com",
    "HTTPS://Gpu-1:443/, https://gpu-1:443, gpu-1",
    "https://gpu-1:80/base, https://gpu-1:80/base, gpu-1:80",
    "https://[::1]:8443, https://[::1]:8443, [::1]:8443",
    "http://gpu-1:443, http://gpu-1:443, gpu-1:443",
  })
  void isRead(String text, String url, String authority) {
    UpstreamAddress address = UpstreamAddress.parse(text);

    assertEquals(url, address.text());
    assertEquals(url, address.toString());
    assertEquals(authority, address.authority());
    assertEquals(address, UpstreamAddress.parse(url));
  }

  @Test
  void withAndWithoutTlsAreTwo() {
    assertNotEquals(
        UpstreamAddress.parse("https://gpu-1:1"), UpstreamAddress.parse("http://gpu-1:1"));
  }

  @Test
  void hasThreeParts() {
    assertEquals(
        new UpstreamAddress("::1", 2, "/base"), UpstreamAddress.parse("http://[::1]:2/base/"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "localhost:11434, starts with http://",
        "ftp://host, starts with http://",
        "`` , starts with http://",
        "http://, neither an address nor a name",
        "http:///base, neither an address nor a name",
        "http://:80, neither an address nor a name",
        "http://user@host, user and password",
        "http://user:pass@host, user and password",
        "http://host?x=1, can't have a query",
        "http://host/#x, can't have a fragment",
        "http://host:, a port is a whole number from 1 to 65535",
        "http://host:0, a port",
        "http://host:65536, a port",
        "http://host:+80, a port",
        "http://host:8o, a port",
        "http://::1, stands in brackets",
        "`http://a:11434,http://b:11434`, one server stands here",
        "http://a:11434 http://b:11434, one server stands here",
        "`http://a:1,b:2`, one server stands here",
        "`http://a;b`, one server stands here",
        "http://gpu:11434:11434, there are several colons",
        "http://fd00::1:11434, stands in brackets",
        "http://[::1, IPv6 address in brackets",
        "http://[::1]x, IPv6 address in brackets",
        "http://[fe80::1%eth0]:80, IPv6 address in brackets",
        "http://[10.0.0.1]:80, IPv6 address in brackets",
        "http://10.0.0.256, neither an address nor a name",
        "http://10.1, neither an address nor a name",
        "http://ho st, neither an address nor a name",
        "http://höst, neither an address nor a name",
        "http://-host, neither an address nor a name",
        "http://a..b, neither an address nor a name",
        "http://host/a b, spaces",
        "http://host/a/../b, /../",
        "http://host/%2E%2e, /../",
      })
  void isRefused(String text, String messagePart) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> UpstreamAddress.parse(text));

    assertTrue(e.toString().contains(messagePart), e.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "base", "/base/", "/b ase"})
  void theRecordChecksTheBasePath(String basePath) {
    assertThrows(IllegalArgumentException.class, () -> new UpstreamAddress("host", 80, basePath));
  }

  @Test
  void endlessTextsAreRefused() {
    String text = "http://host/" + "a/".repeat(100_000);

    assertThrows(IllegalArgumentException.class, () -> UpstreamAddress.parse(text));
    assertThrows(
        IllegalArgumentException.class,
        () -> UpstreamAddress.parse("http://" + "a.".repeat(100_000) + "a"));
  }
}
