package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ollama.gateway.http.server.Subscriber;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who a client is behind the proxies 127.0.0.1, 10.0.0.0/8 and 2001:db8::/64, which are trusted.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForwardedTest {

  private static final String PEER = "127.0.0.1";

  private static final Settings TRUSTING =
      TestSettings.ofJson(
          """
          {
            "ollamaAddresses": ["http://10.1.2.3:11434"],
            "security": {"trustedProxies": ["127.0.0.1", "10.0.0.0/8", "2001:db8::/64"]}
          }
          """);

  private final RealExchange exchange;

  ForwardedTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // One proxy, many, and whatever a client put before.
        "192.0.2.1 | 192.0.2.1",
        "192.0.2.1, 10.0.0.9 | 192.0.2.1",
        "192.0.2.1, 10.0.0.9, 10.0.0.8 | 192.0.2.1",
        "6.6.6.6, 192.0.2.1, 10.0.0.9 | 192.0.2.1",
        "6.6.6.6, 10.6.6.6, 192.0.2.1 | 192.0.2.1",
        "garbage, 192.0.2.1 | 192.0.2.1",
        "\"garbage, 192.0.2.1 | 192.0.2.1",
        ",,, 192.0.2.1 | 192.0.2.1",
        // All of them are trusted: the farthest.
        "10.0.0.7, 10.0.0.8 | 10.0.0.7",
        // Nobody can be made of what the nearest says, or the next.
        "garbage | 127.0.0.1",
        "unknown | 127.0.0.1",
        "192.0.2.1, | 127.0.0.1",
        "192.0.2.1, garbage | 127.0.0.1",
        "192.0.2.1, garbage, 10.0.0.9 | 10.0.0.9",
        "gateway.example | 127.0.0.1",
        "192.0.2.256 | 127.0.0.1",
        "fe80::1%lo | 127.0.0.1",
        // Ports and brackets, as some write them.
        "192.0.2.1:4711 | 192.0.2.1",
        "192.0.2.1: | 127.0.0.1",
        "192.0.2.1:x | 127.0.0.1",
        "192.0.2.1:471100 | 127.0.0.1",
        "2001:db9::1 | 2001:db9::1",
        "[2001:db9::1] | 2001:db9::1",
        "[2001:db9::1]:4711 | 2001:db9::1",
        "[2001:db9::1]x | 127.0.0.1",
        "[192.0.2.1] | 127.0.0.1",
        "[2001:db9::1 | 127.0.0.1",
        "2001:db9::7, 2001:DB8::9 | 2001:db9::7",
        "::ffff:192.0.2.1 | 192.0.2.1",
        "::ffff:10.0.0.1 | 10.0.0.1",
      })
  void xForwardedForNamesTheClient(String value, String client) throws Exception {
    assertEquals(client, client("X-Forwarded-For: " + value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "for=192.0.2.1 | 192.0.2.1",
        "For=\"192.0.2.1:4711\";Proto=https;by=10.0.0.1 | 192.0.2.1",
        "proto=https;for=\"[2001:db9::1]\" | 2001:db9::1",
        "for=6.6.6.6, for=192.0.2.1;proto=http, for=10.0.0.9 | 192.0.2.1",
        "for=\"6.6.6.6, for=10.6.6.6\", for=192.0.2.1 | 192.0.2.1",
        "by=x;host=\"a,for=6.6.6.6;b\", for=192.0.2.1 | 192.0.2.1",
        "host=\"a\\\",for=6.6.6.6\" | 127.0.0.1",
        "for=unknown | 127.0.0.1",
        "for=_hidden, for=10.0.0.9 | 10.0.0.9",
        "for=_SEVKISEK | 127.0.0.1",
        "by=192.0.2.1 | 127.0.0.1",
        "192.0.2.1 | 127.0.0.1",
        "for = 192.0.2.1 | 127.0.0.1",
      })
  void forwardedNamesTheClient(String value, String client) throws Exception {
    assertEquals(client, client("Forwarded: " + value));
  }

  @Test
  void severalLinesAreOneList() throws Exception {
    assertEquals(
        "192.0.2.1",
        client("X-Forwarded-For: 6.6.6.6\nX-Forwarded-For: 192.0.2.1\nx-forwarded-for: 10.0.0.9"));
    assertEquals("192.0.2.1", client("Forwarded: for=6.6.6.6\nForwarded: for=192.0.2.1"));
  }

  @Test
  void withoutAWordTheProxyIsTheClient() throws Exception {
    assertEquals(PEER, client("X-Other: 1"));
  }

  @Test
  void moreHopsThanAnybodyHasAreNotFollowed() throws Exception {
    String hops =
        IntStream.range(0, ForwardedHop.HOPS_MAX)
            .mapToObj(i -> "10.0.0." + i)
            .collect(Collectors.joining(", "));
    assertEquals("10.0.0.0", client("X-Forwarded-For: 192.0.2.1, " + hops));
  }

  @Test
  void fromAnybodyElseNothingIsBelieved() throws Exception {
    Settings others =
        TestSettings.ofJson(
            """
            {
              "ollamaAddresses": ["http://10.1.2.3:11434"],
              "security": {"trustedProxies": ["127.0.0.2", "::/0"]}
            }
            """);
    for (Settings settings : new Settings[] {TestSettings.plain(), others}) {
      Identity identity =
          identity("X-Forwarded-For: 192.0.2.1\nForwarded: for=192.0.2.2, for=\"x", settings);
      assertEquals(PEER, identity.text());
      assertFalse(identity.isUnclear());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 192.0.2.1\nForwarded: for=192.0.2.2",
        "X-Forwarded-For: 192.0.2.1\nForwarded: for=unknown",
        "X-Forwarded-For: garbage\nForwarded: for=192.0.2.1",
        "X-Forwarded-For: 10.0.0.9\nForwarded: for=192.0.2.1, for=10.0.0.9",
        "Forwarded: for=\"x, for=192.0.2.1",
        "Forwarded: for=\"x, for=\"[2001:db9::1]\"",
        "Forwarded: a=\"\\\", for=\"[2001:db9::1]\"",
        "Forwarded: for=192.0.2.1\nForwarded: for=\"",
      })
  void wherePeopleCouldDifferAboutItNobodyIsPicked(String fields) throws Exception {
    Identity identity = identity(fields, TRUSTING);

    assertTrue(identity.isUnclear());
    // Nobody else is blamed for it.
    assertEquals(PEER, identity.text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 192.0.2.1\nForwarded: for=192.0.2.1",
        "X-Forwarded-For: 6.6.6.6, 192.0.2.1\nForwarded: for=6.6.6.7, for=\"192.0.2.1:80\"",
        "X-Forwarded-For: 192.0.2.1, 10.0.0.9\nForwarded: for=192.0.2.1",
      })
  void theTwoFormsMayNameTheSameOne(String fields) throws Exception {
    Identity identity = identity(fields, TRUSTING);

    assertFalse(identity.isUnclear());
    assertEquals("192.0.2.1", identity.text());
  }

  @Test
  void limitsCountTheClientThatWasFound() throws Exception {
    Identity identity = identity("X-Forwarded-For: 2001:db9::1:2:3:4", TRUSTING);

    assertEquals(Subscriber.of(identity.address()), identity.subscriber());
    assertEquals("2001:db9::1:2:3:4", identity.text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "X-Forwarded-Proto: https | https",
        "X-Forwarded-Proto: HTTPS | https",
        "X-Forwarded-Proto: http, https | https",
        "X-Forwarded-Proto: https, http | http",
        "X-Forwarded-Proto: gopher | http",
        "Forwarded: for=192.0.2.1;proto=https, for=10.0.0.9;proto=http | https",
        "Forwarded: for=6.6.6.6;proto=https, for=192.0.2.1 | http",
        "X-Other: 1 | http",
      })
  void theSchemeIsTheClients(String field, String scheme) throws Exception {
    Identity identity = identity(field, TRUSTING);
    assertEquals(scheme, identity.forwarded().orElseThrow().scheme());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "X-Forwarded-Host: chat.example:8443 | chat.example:8443",
        "X-Forwarded-Host: evil.example, chat.example | chat.example",
        "X-Forwarded-Host: [2001:db9::1]:8443 | [2001:db9::1]:8443",
        "X-Forwarded-Host: chat.example/x | g",
        "X-Forwarded-Host: a b | g",
        "X-Forwarded-Host: | g",
        "X-Other: 1 | g",
      })
  void theHostIsWhatTheClientAskedFor(String field, String host) throws Exception {
    String found = exchange.look(request(field), e -> new Call(e, TRUSTING).host().orElse("none"));
    assertEquals(host, found);
  }

  private String client(String fields) throws Exception {
    return identity(fields, TRUSTING).text();
  }

  private Identity identity(String fields, Settings settings) throws Exception {
    return exchange.look(request(fields), e -> new Call(e, settings).identity());
  }

  private static String request(String fields) {
    return "GET /x HTTP/1.1\r\nHost: g\r\n" + fields.replace("\n", "\r\n") + "\r\n\r\n";
  }
}
