package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a browser sends for a page of another site administers nothing. */
@Timeout(60)
class CrossSiteTest {

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();
  @AutoClose private final TestGateway gateway;

  CrossSiteTest() throws Exception {
    gateway = TestGateway.start(server);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: https://evil.example",
        "Origin: null",
        "Origin: http://gateway:81",
        "Origin: http://gateway.evil.example",
        "Origin: gateway",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Sec-Fetch-Site: nonsense",
        "Origin: http://gateway\r\nSec-Fetch-Site: cross-site"
      })
  void aPageOfAnotherSiteIsRefused(String field) throws Exception {
    for (String request :
        new String[] {
          "GET /config/new-key",
          "POST /config/new-key",
          "GET /config/reload",
          "GET /gateway/servers",
          "POST /gateway/servers/x/drain",
          "OPTIONS /config/reload",
          "POST /config/other",
          "DELETE /config/",
          "GET /config%2Freload",
          "GET /config/%6eew-key",
          "GET /%67ateway/servers"
        }) {
      Answer answer = gateway.ask(request(request, field));

      assertEquals(403, answer.status(), request);
      assertTrue(answer.text().contains("another site"), answer::text);
    }
    assertEquals(1, gateway.process().config().apiKeys().size());
  }

  @ParameterizedTest
  @CsvSource({
    "X-Nothing: 1",
    "Sec-Fetch-Site: none",
    "Sec-Fetch-Site: same-origin",
    "Origin: http://gateway",
    "Origin: https://GATEWAY"
  })
  void whoeverElseAsksIsAnswered(String field) throws Exception {
    assertEquals(200, gateway.ask(request("GET /gateway/servers", field)).status());
    assertEquals(200, gateway.ask(request("POST /config/new-key", field)).status());
  }

  @Test
  void modelsMayBeAskedFromAnyPage() throws Exception {
    String origin = "Origin: https://page.example";
    assertEquals(200, gateway.ask(request("GET /api/tags", origin)).status());
    assertEquals(200, gateway.ask(request("GET /", origin)).status());
  }

  @Test
  void whereNoHostIsNamedNoPageIsOfIt() throws Exception {
    for (String origin : new String[] {"file://", "https://evil.example"}) {
      String request = "GET /gateway/servers HTTP/1.0\r\n" + TestGateway.AUTH + "Origin: " + origin;
      assertEquals(403, gateway.ask(request + "\r\n\r\n").status());
    }
  }

  @Test
  void metricsTakeAKeyWhereTheSettingsSaySo() throws Exception {
    gateway.set("metrics", "{\"enabled\": true, \"requireKey\": true}");
    gateway.process().reload();

    assertEquals(401, gateway.ask("GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n").status());
    assertEquals(200, gateway.ask(request("GET /metrics", "X-Nothing: 1")).status());
  }

  @Test
  void metricsAreForTheAddressesThatTheSettingsName() throws Exception {
    for (String range : new String[] {"10.0.0.0/8", "127.0.0.0/8"}) {
      gateway.set("metrics", "{\"enabled\": true, \"allowIps\": [\"" + range + "\"]}");
      gateway.process().reload();

      int expected = range.startsWith("10.") ? 403 : 200;
      assertEquals(expected, gateway.ask("GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n").status());
      assertEquals(200, gateway.ask(request("GET /api/tags", "X-Nothing: 1")).status());
    }
  }

  private static String request(String line, String field) {
    return line
        + " HTTP/1.1\r\nHost: gateway\r\n"
        + TestGateway.AUTH
        + field
        + "\r\nContent-Length: 0\r\n\r\n";
  }
}
