package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Connector;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.server.Exchange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForwardedHeadTest {
  private static final OllamaServer SENT =
      new OllamaServer(
          TestSettings.SERVER,
          "one",
          0,
          0,
          1,
          inOrder("Authorization", "Bearer servers", "X-Tenant", "ours"),
          List.of());

  private static final OllamaServer PLAIN = OllamaServer.ofPlain(TestSettings.SERVER);

  private final RealExchange exchange;

  ForwardedHeadTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @Test
  void removesReplacesAndAddsTheseAndNoOtherFields() throws Exception {
    String head =
        forwarded(
            """
            POST /api/chat?x=1 HTTP/1.1
            Host: gateway.example:8080
            Authorization: Bearer sekret
            X-Api-Key: sekret
            api-key: sekret
            X-Goog-Api-Key: sekret
            Cookie: session=sekret
            User-Agent: test/1.0
            Accept: */*
            Accept-Encoding: gzip
            Content-Type: application/json
            content-length: 2
            Expect: 100-continue
            Origin: http://evil.example
            Referer: http://gateway.example:8080/k/sekret/
            Connection: close, X-Hop
            X-Hop: 1
            Keep-Alive: timeout=5
            Proxy-Connection: keep-alive
            Proxy-Authenticate: Basic
            Proxy-Authorization: Basic c2VrcmV0
            TE: gzip
            Trailer: X-Sum
            Upgrade: h2c
            Forwarded: for=6.6.6.6
            X-Forwarded-For: 6.6.6.6
            X-Forwarded-Host: evil.example
            X-Forwarded-Port: 666
            X-Forwarded-Proto: https
            X-Gateway-Priority: batch
            X-Gateway-Servers: all
            X-Real-IP: 6.6.6.6
            X-Request-Id: mine
            X-Envoy-Original-Path: /k/sekret/api/chat
            X-Forwarded-Path: /k/sekret/
            X-Forwarded-Prefix: /k/sekret
            X-Forwarded-URI: /k/sekret/api/chat
            X-Original-URI: /k/sekret/api/chat
            X-Original-URL: http://g/k/sekret/api/chat
            X-Replaced-Path: /k/sekret/api/chat
            X-Rewrite-URL: /k/sekret/api/chat
            Via: 1.0 fred
            X-OpenWebUI-User-Id: 7
            X-OpenWebUI-Chat-Id: 8
            X-Session-Id: 9
            x-ODD-case:  spaces around\t

            {}\
            """);
    assertEquals(
        """
        POST /api/chat?x=1 HTTP/1.1
        Host: 10.1.2.3:11434
        User-Agent: test/1.0
        Accept: */*
        Accept-Encoding: gzip
        Content-Type: application/json
        Via: 1.0 fred
        X-OpenWebUI-User-Id: 7
        X-OpenWebUI-Chat-Id: 8
        X-Session-Id: 9
        x-ODD-case: spaces around
        Content-Length: 2
        X-Forwarded-For: 127.0.0.1
        X-Forwarded-Proto: http
        Forwarded: for=127.0.0.1;proto=http
        Via: 1.1 ollama-gateway
        X-Forwarded-Host: gateway.example:8080
        X-Request-Id: ID

        """,
        head);
  }

  @Test
  void aRequestWithoutABodyHasNoFraming() throws Exception {
    assertEquals(
        """
        GET /api/tags HTTP/1.1
        Host: 10.1.2.3:11434
        X-Forwarded-For: 127.0.0.1
        X-Forwarded-Proto: http
        Forwarded: for=127.0.0.1;proto=http
        Via: 1.1 ollama-gateway
        X-Forwarded-Host: g
        X-Request-Id: ID

        """,
        forwarded("GET /api/tags HTTP/1.1\nHost: g\n\n"));
  }

  @Test
  void chunksStayChunksAndALengthOfZeroIsSaid() throws Exception {
    String chunked = forwarded("POST /x HTTP/1.1\nHost: g\nTransfer-Encoding: chunked\n\n0\n\n");
    assertTrue(chunked.contains("\nTransfer-Encoding: chunked\n"), chunked);
    assertFalse(chunked.contains("Content-Length"), chunked);
    String empty = forwarded("POST /x HTTP/1.1\nHost: g\nContent-Length: 0\n\n");
    assertTrue(empty.contains("\nContent-Length: 0\n"), empty);
  }

  @Test
  void aClientOfHttp10NeedsNoHostAndViaTellsOfIt() throws Exception {
    assertEquals(
        """
        GET /x HTTP/1.1
        Host: 10.1.2.3:11434
        X-Forwarded-For: 127.0.0.1
        X-Forwarded-Proto: http
        Forwarded: for=127.0.0.1;proto=http
        Via: 1.0 ollama-gateway
        X-Request-Id: ID

        """,
        forwarded("GET /x HTTP/1.0\n\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "ollama, 80, '',     GET /api/tags HTTP/1.1,      Host: ollama",
    "ollama, 11434, '',  GET /api/tags HTTP/1.1,      Host: ollama:11434",
    "::1, 11434, '',     GET /api/tags HTTP/1.1,      Host: [::1]:11434",
    "h, 1, /base,        GET /base/api/tags HTTP/1.1, Host: h:1",
    "h, 1, /a/b,         GET /a/b/api/tags HTTP/1.1,  Host: h:1",
  })
  void hostAndPathAreTheServersOwn(
      String host, int port, String base, String requestLine, String hostLine) throws Exception {
    String head =
        forwarded(
            "GET /api/tags HTTP/1.1\nHost: g\n\n",
            TestSettings.plain(),
            new UpstreamAddress(host, port, base));
    assertTrue(head.startsWith(requestLine + "\n" + hostLine + "\n"), head);
  }

  @Test
  void anAbsoluteTargetBecomesItsPath() throws Exception {
    String head = forwarded("GET http://g:1/api/tags?x HTTP/1.1\nHost: g:1\n\n");
    assertTrue(head.startsWith("GET /api/tags?x HTTP/1.1\nHost: 10.1.2.3:11434\n"), head);
  }

  @Test
  void aKeyInThePathIsGone() throws Exception {
    String head =
        forwarded(
            "GET /k/sekret/api/tags HTTP/1.1\nHost: g\n\n",
            TestSettings.keyInPath(),
            TestSettings.SERVER);
    assertTrue(head.startsWith("GET /api/tags HTTP/1.1\n"), head);
    assertFalse(head.contains("sekret"), head);
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Gateway-Key", "x-gateway-key", "X-GATEWAY-KEY"})
  void theFieldThatCarriedTheKeyIsGoneWhateverItsNameIs(String name) throws Exception {
    String head =
        forwarded(
            "GET /x HTTP/1.1\nHost: g\n%s: sekret\n%s: second sekret\nAuthorization: sekret\n\n"
                .formatted(name, name.toLowerCase(Locale.ROOT)),
            TestSettings.of("X-Gateway-Key", false),
            TestSettings.SERVER);
    assertFalse(head.toLowerCase(Locale.ROOT).contains("x-gateway-key"), head);
    assertFalse(head.contains("sekret"), head);
  }

  @Test
  void teIsNeverForwarded() throws Exception {
    String trailers = forwarded("GET /x HTTP/1.1\nHost: g\nConnection: TE\nTE: trailers\n\n");
    assertFalse(trailers.contains("TE"), trailers);
    String unlisted = forwarded("GET /x HTTP/1.1\nHost: g\nTE: trailers\n\n");
    assertFalse(unlisted.contains("TE:"), unlisted);
  }

  @Test
  void maxForwardsIsCountedDownWhereItCounts() throws Exception {
    String options = forwarded("OPTIONS /x HTTP/1.1\nHost: g\nMax-Forwards: 010\n\n");
    assertTrue(options.contains("\nMax-Forwards: 9\n"), options);
    assertFalse(options.contains("010"), options);
    String trace = forwarded("TRACE /x HTTP/1.1\nHost: g\nmax-forwards: 1\n\n");
    assertTrue(trace.contains("\nMax-Forwards: 0\n"), trace);
    String get = forwarded("GET /x HTTP/1.1\nHost: g\nMax-Forwards: 0\n\n");
    assertTrue(get.contains("\nMax-Forwards: 0\n"), get);
    String none = forwarded("OPTIONS /x HTTP/1.1\nHost: g\n\n");
    assertFalse(none.contains("Max-Forwards"), none);
  }

  @Test
  void everyFieldListedInAnyConnectionFieldIsGone() throws Exception {
    String head =
        forwarded(
            """
            GET /x HTTP/1.1
            Host: g
            Connection: keep-alive
            connection: X-One,x-two
            Connection: , X-Three ,
            X-One: 1
            X-Two: 2
            X-Three: 3
            X-Four: 4

            """);
    assertFalse(head.contains("X-One"), head);
    assertFalse(head.contains("X-Two"), head);
    assertFalse(head.contains("X-Three"), head);
    assertTrue(head.contains("\nX-Four: 4\n"), head);
  }

  @Test
  void nobodyCanTakeTheGatewaysOwnFieldsAwayThroughConnection() throws Exception {
    String head =
        forwarded(
            """
            POST /x HTTP/1.1
            Host: g
            Connection: Host, Content-Length, X-Forwarded-For, Via, X-Request-Id, Transfer-Encoding
            Content-Length: 0

            """);
    assertTrue(head.contains("\nHost: 10.1.2.3:11434\n"), head);
    assertTrue(head.contains("\nContent-Length: 0\n"), head);
    assertTrue(head.contains("\nX-Forwarded-For: 127.0.0.1\n"), head);
    assertTrue(head.contains("\nVia: 1.1 ollama-gateway\n"), head);
    assertTrue(head.contains("\nX-Request-Id: ID\n"), head);
  }

  @Test
  void whatTheSettingsSendToTheServerReplacesWhatTheClientSent() throws Exception {
    String head =
        forwarded(
            """
            GET /x HTTP/1.1
            Host: g
            Authorization: Bearer sekret
            x-tenant: client
            X-TENANT: client
            X-Tenants: client

            """,
            TestSettings.plain(),
            SENT);
    assertTrue(
        head.startsWith(
            """
            GET /x HTTP/1.1
            Host: 10.1.2.3:11434
            Authorization: Bearer servers
            X-Tenant: ours
            X-Tenants: client
            """),
        head);
    assertFalse(head.contains("sekret") || head.contains("enant: client"), head);
  }

  @Test
  void whatIsSentBackAsItCameDoesNotHaveThem() throws Exception {
    String head =
        forwarded("TRACE /x HTTP/1.1\nHost: g\nX-Tenant: client\n\n", TestSettings.plain(), SENT);
    assertFalse(head.contains("servers") || head.contains("Tenant"), head);
  }

  @Test
  void bytesAbove127PassAsTheyCameInValues() throws Exception {
    String head = forwarded("GET /x HTTP/1.1\nHost: g\nX-Note: na\u00efve\n\n");
    assertTrue(head.contains("\nX-Note: na\u00efve\n"), head);
  }

  @Test
  void anIpv6ClientStandsInBracketsInForwarded() throws Exception {
    try (RealExchange v6 = new RealExchange(InetAddress.ofLiteral("::1"))) {
      String head =
          v6.look(
              "GET /x HTTP/1.1\r\nHost: [::1]\r\n\r\n",
              e -> written(e, v6, TestSettings.plain(), PLAIN, false));
      assertTrue(head.contains("\nX-Forwarded-For: ::1\n"), head);
      assertTrue(head.contains("\nForwarded: for=\"[::1]\";proto=http\n"), head);
      assertTrue(head.contains("\nX-Forwarded-Host: [::1]\n"), head);
    }
  }

  @Test
  void ofWhatTrustedProxiesSayTheServerLearnsWhatIsBelieved() throws Exception {
    Settings trusting =
        TestSettings.ofJson(
            """
            {
              "ollamaAddresses": ["http://10.1.2.3:11434"],
              "security": {"trustedProxies": ["127.0.0.1", "2001:db8::/64"]}
            }
            """);
    assertEquals(
        """
        GET /x HTTP/1.1
        Host: 10.1.2.3:11434
        X-Forwarded-For: 192.0.2.1, 2001:db8::9, 127.0.0.1
        X-Forwarded-Proto: https
        Forwarded: for=192.0.2.1;proto=https, for="[2001:db8::9]", for=127.0.0.1
        Via: 1.1 ollama-gateway
        X-Forwarded-Host: chat.example
        X-Request-Id: ID

        """,
        forwarded(
            """
            GET /x HTTP/1.1
            Host: g
            Forwarded: for=6.6.6.6, for=192.0.2.1, for="[2001:db8::9]:80"
            X-Forwarded-For: 6.6.6.6, 192.0.2.1:4711, 2001:DB8:0::9
            X-Forwarded-Proto: https
            X-Forwarded-Host: chat.example
            X-Real-IP: 6.6.6.6

            """,
            trusting,
            TestSettings.SERVER));
    String silent = forwarded("GET /x HTTP/1.1\nHost: g\n\n", trusting, TestSettings.SERVER);
    assertTrue(silent.contains("\nX-Forwarded-For: 127.0.0.1\n"), silent);
    assertTrue(silent.contains("\nForwarded: for=127.0.0.1;proto=http\n"), silent);
    assertTrue(silent.contains("\nX-Forwarded-Host: g\n"), silent);
  }

  @Test
  void theCodingIsNamedUnlessTheBodyHasLostIt() throws Exception {
    String request = "POST /x HTTP/1.1\r\nHost: g\r\ncontent-encoding: zstd\r\nX-Y: 1\r\n\r\n";
    for (boolean decoded : new boolean[] {false, true}) {
      String head =
          exchange.look(request, e -> written(e, exchange, TestSettings.plain(), PLAIN, decoded));
      assertEquals(!decoded, head.contains("\ncontent-encoding: zstd\n"), head);
      assertTrue(head.contains("\nX-Y: 1\n"), head);
    }
  }

  private String forwarded(String request) throws Exception {
    return forwarded(request, TestSettings.plain(), TestSettings.SERVER);
  }

  private String forwarded(String request, Settings settings, UpstreamAddress server)
      throws Exception {
    return forwarded(request, settings, OllamaServer.ofPlain(server));
  }

  private String forwarded(String request, Settings settings, OllamaServer server)
      throws Exception {
    return exchange.look(
        request.replace("\n", "\r\n"), e -> written(e, exchange, settings, server, false));
  }

  /** The head as it would go out, with short line ends and the request's id as {@code ID}. */
  private static String written(
      Exchange exchange,
      RealExchange somewhere,
      Settings settings,
      OllamaServer server,
      boolean decoded)
      throws IOException {
    Call call = new Call(exchange, settings);
    try (Connection connection =
        Connector.connect(
            exchange.loop(), somewhere.address(), EventLoop.deadlineMillis(10_000), Watch.NONE)) {
      Output out = new Output(connection);
      UpstreamTarget target = UpstreamTarget.of(server, TestSettings.NO_TLS);
      ForwardedHead.write(call, target, call.head().framing(), decoded, out);
      ByteBuffer written = out.room(0).duplicate().flip();
      String head = StandardCharsets.ISO_8859_1.decode(written).toString();
      out.discard();
      assertFalse(head.replace("\r\n", "").contains("\n"), head);
      return head.replace("\r\n", "\n").replace(call.idText(), "ID");
    }
  }

  private static Map<String, String> inOrder(String name, String value, String next, String last) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(name, value);
    headers.put(next, last);
    return headers;
  }
}
