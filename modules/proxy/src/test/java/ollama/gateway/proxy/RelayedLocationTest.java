package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.function.Function;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    "http:///x,                          /",
  })
  void anInsideAddressIsNotTold(String sent, String relayed) throws Exception {
    assertEquals(relayed, relayed(sent));
  }

  /** WHATWG URL section 4.4, and IPv4 addresses as section 3.5 reads them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http:10.0.0.5/x",
        "http:/10.0.0.5/x",
        "http:////10.0.0.5/x",
        "http:\\\\10.0.0.5/x",
        "http:/\\10.0.0.5\\x",
        "hTTp:\\/10.0.0.5/x",
        "\\\\10.0.0.5/x",
        "/\\10.0.0.5/x",
        "\\/10.0.0.5\\x",
        "///10.0.0.5/x",
        "//\\/10.0.0.5/x",
        "/\t/10.0.0.5/x",
        "ht\ttp://10.\t0.0.5/x",
        "http:\t//10.0.0.5/x",
        "\t http://10.0.0.5/x ",
        "http:// 10.0.0.5/x",
        "http://0x0a000005/x",
        "http://0x0A.1/x",
        "http://10.0.0.0x5/x",
        "http://10.0x/x",
        "http://012.0.0.5/x",
        "http://167772165/x",
        "http://10.5/x",
        "http://10.0.0.5./x",
        "http://%31%30.0.0.5/x",
        "http://10\u00e3\u0080\u00820\u00e3\u0080\u00820\u00e3\u0080\u00825/x",
        "http://gpu1.corp/x",
        "http://gpu1.Home/x",
        "http://gpu1.home.arpa/x",
        "http://gpu1.private:11434/x",
        "http://gpu1.intranet/x",
        "http://a@example.org@10.0.0.5/x",
        "http://10.0.0.5@example.org/x",
        "http://example.org@/x",
        "http://example.org:10.0.0.5/x",
        "http://[::1/x",
      })
  void norInAWayThatBrowsersUnderstand(String sent) throws Exception {
    assertEquals("/x", relayed(sent));
  }

  @ParameterizedTest
  @CsvSource({
    "https://ollama.com/signin?a=/base,  https://ollama.com/signin?a=/base",
    "https://ollama.com?a=http:\\\\b,    https://ollama.com?a=http:\\\\b",
    "//example.org/base/x,               //example.org/base/x",
    "http://gateway.example.org/base/x,  http://gateway.example.org/base/x",
    "https://EXAMPLE.com.:8443/base/x,   https://EXAMPLE.com.:8443/base/x",
    "https://xn--bcher-kva.example/x,    https://xn--bcher-kva.example/x",
    "http:/\\example.org\\x,             http://example.org/x",
    "HTTPS:example.org,                  HTTPS://example.org",
    "\\\\example.org/x,                  //example.org/x",
    "/\\example.org/x,                   //example.org/x",
    "x/y,                                x/y",
    "../x,                               ../x",
    "?a=http://10.0.0.5,                 ?a=http://10.0.0.5",
    "'',                                 ''",
  })
  void whatLeadsElsewhereOrIsRelativeStays(String sent, String told) throws Exception {
    assertEquals(told, relayed(sent));
    assertEquals(told, relayed("/k/sekret/api/x", sent));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ws://10.1.2.3/x",
        "wss:10.1.2.3",
        "ftp://gpu-1/x",
        "file:///etc/passwd",
        "javascript:location='http://10.0.0.5'",
        "mailto:a@b",
        "llama3:8b",
        "10.0.0.5:11434/x",
        "\tw\ts:\\\\10.0.0.5",
        ":x",
      })
  void whatIsNeitherIsDropped(String sent) throws Exception {
    assertEquals("none", relayed(sent));
  }

  @ParameterizedTest
  @CsvSource({
    "/base//evil.example/x",
    "/base/\\evil.example/x",
    "\\base\\\\evil.example/x",
    "http://10.1.2.3//evil.example/x",
    "http://10.1.2.3/\\/evil.example/x",
  })
  void noPathBecomesAnotherHost(String sent) throws Exception {
    assertEquals("/evil.example/x", relayed(sent));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<https://example.org/?page=2>; rel=\"next\"",
        "</style.css>; rel=preload, <x/y>; rel=next",
        "<>; rel=self",
      })
  void aLinkStaysIfAllItsTargetsDo(String sent) throws Exception {
    assertTrue(mayPass(sent), sent);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<http://10.0.0.5/x>; rel=next",
        "<https://example.org/>, <http:\\\\10.0.0.5>",
        "</base/x>; rel=next",
        "<ws://10.0.0.5/>",
        "<http://10.0.0.5/",
        "http://10.0.0.5/",
        "<x>; rel=next; Anchor=\"http://10.0.0.5\"",
        "<x>; title=\"<\", <http://10.0.0.5/>",
        "<x>; rel=\"http://10.0.0.5/\"",
      })
  void elseItDoesNot(String sent) throws Exception {
    assertFalse(mayPass(sent), sent);
  }

  @Test
  void theKeyGoesBackToWhereTheClientWroteIt() throws Exception {
    assertEquals("/k/%73ekret/api/x", relayed("//k//%73ekret/api/x/", "/base/api/x"));
    assertEquals("/k/sekret/", relayed("/k/sekret?a", "http://10.1.2.3:11434/base"));
  }

  private boolean mayPass(String link) throws Exception {
    return seen("/api/x", call -> RelayedLocation.keepsLink(link, call));
  }

  private String relayed(String sent) throws Exception {
    return relayed("/api/x", sent);
  }

  private String relayed(String requested, String sent) throws Exception {
    return seen(requested, call -> RelayedLocation.of(sent, call).orElse("none"));
  }

  private <T> T seen(String requested, Function<Call, T> look) throws Exception {
    String request = "GET " + requested + " HTTP/1.1\r\nHost: gateway.example:8080\r\n\r\n";
    UpstreamAddress server = new UpstreamAddress("10.1.2.3", 11434, "/base");
    return exchange.look(
        request,
        e -> {
          Call seen = new Call(e, TestSettings.keyInPath());
          seen.attempt(UpstreamTarget.of(OllamaServer.ofPlain(server), TestSettings.NO_TLS));
          return look.apply(seen);
        });
  }
}
