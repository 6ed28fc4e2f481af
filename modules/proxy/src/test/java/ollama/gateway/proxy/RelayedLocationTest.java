package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import ollama.gateway.config.UpstreamAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server whose address is {@code http://10.1.2.3:11434/base}, beside the one of the settings. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RelayedLocationTest {

  private final RealExchange exchange;

  RelayedLocationTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/base/api/chat,                     /api/chat",
    "/base/api/chat?a=/base#b,           /api/chat?a=/base#b",
    "/base,                              /",
    "/base/,                             /",
    "/base?a,                            /?a",
    "/base#a,                            /#a",
    "/basement,                          /basement",
    "/other,                             /other",
    "/base/base/x,                       /base/x",
  })
  void theBasePathComesOff(String sent, String relayed) throws Exception {
    assertEquals(relayed, relayed(sent));
  }

  @ParameterizedTest
  @CsvSource({
    "http://10.1.2.3:11434/base/api/chat,/api/chat",
    "HTTP://10.1.2.3/base/x,             /x",
    "http://gpu1.internal./base/x,       /x",
    "https://10.1.2.3:1,                 /",
    "http://10.1.2.3?a,                  /?a",
    "//10.1.2.3:11434/base/x,            /x",
    "http://u:p@10.1.2.3/base/x,         /x",
    "http://10.9.9.9/x,                  /x",
    "http://127.0.0.1:11434/base/x,      /x",
    "http://[::1]:11434/x,               /x",
    "http://[fe80::1%25eth0]/x,          /x",
    "http://[::ffff:10.0.0.1]/x,         /x",
    "http://localhost/x,                 /x",
    "http://gpu-1:11434/x,               /x",
    "http://ollama.ai.svc/x,             /x",
    "http://ollama.ai.svc.cluster.local, /",
    "http://GATEWAY.example:8080/base/x, /x",
    "http:///x,                          /x",
  })
  void anInsideAddressIsNotTold(String sent, String relayed) throws Exception {
    assertEquals(relayed, relayed(sent));
  }

  @ParameterizedTest
  @CsvSource({
    "https://ollama.com/signin?a=/base",
    "//example.org/base/x",
    "http://gateway.example.org/base/x",
    "https://example.com./base/x",
    "mailto:a@b",
    "x/y",
    "../x",
    "?a",
    "''"
  })
  void whatLeadsElsewhereOrIsRelativeStays(String sent) throws Exception {
    assertEquals(sent, relayed(sent));
    assertEquals(sent, relayed("/k/sekret/api/x", sent));
  }

  @ParameterizedTest
  @CsvSource({
    "/base//evil.example/x",
    "/base/\\evil.example/x",
    "http://10.1.2.3//evil.example/x",
    "http://10.1.2.3/\\/evil.example/x",
    "/\\evil.example/x",
  })
  void noPathBecomesAnotherHost(String sent) throws Exception {
    assertEquals("/evil.example/x", relayed(sent));
  }

  @Test
  void theKeyGoesBackToWhereTheClientWroteIt() throws Exception {
    assertEquals("/k/%73ekret/api/x", relayed("//k//%73ekret/api/x/", "/base/api/x"));
    assertEquals("/k/sekret/", relayed("/k/sekret?a", "http://10.1.2.3:11434/base"));
  }

  private String relayed(String sent) throws Exception {
    return relayed("/api/x", sent);
  }

  private String relayed(String requested, String sent) throws Exception {
    String request = "GET " + requested + " HTTP/1.1\r\nHost: gateway.example:8080\r\n\r\n";
    UpstreamAddress server = new UpstreamAddress("10.1.2.3", 11434, "/base");
    return exchange.look(
        request,
        e -> {
          GatewayRequest seen = new GatewayRequest(e, TestSettings.keyInPath());
          seen.attempt(UpstreamTarget.of(server));
          return RelayedLocation.of(sent, seen);
        });
  }
}
