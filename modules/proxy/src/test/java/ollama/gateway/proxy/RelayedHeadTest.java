package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.ResponseParser;
import ollama.gateway.ratelimit.Decision;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RelayedHeadTest {

  private final RealExchange exchange;

  RelayedHeadTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @Test
  void passesTheEndToEndFieldsInTheirOrderAndAddsTheId() throws Exception {
    assertEquals(
        """
        HTTP/1.1 404 Not Found
        Content-Length: 0
        Content-Type: application/json; charset=utf-8
        Date: Mon, 23 Nov 2026 00:50:11 GMT
        x-ODD: 1
        Set-Cookie: a=1
        Set-Cookie: b=2
        X-Request-Id: ID

        """,
        relayed(
            "GET",
            """
            HTTP/1.1 404 whatever it says
            Content-Type: application/json; charset=utf-8
            Date: Mon, 23 Nov 2026 00:50:11 GMT
            x-ODD: 1
            Connection: keep-alive, X-Hop
            X-Hop: 1
            Keep-Alive: timeout=5
            Proxy-Connection: x
            Proxy-Authenticate: Basic
            Proxy-Authorization: Basic
            TE: trailers
            Trailer: X-Sum
            Upgrade: h2c
            Set-Cookie: a=1
            Set-Cookie: b=2
            X-Request-Id: theirs
            Content-Length: 0

            """));
  }

  @Test
  void addsTheDateThatAServerLeftOut() throws Exception {
    String answer = relayed("GET", "HTTP/1.1 200 OK\nContent-Length: 0\n\n");
    assertTrue(answer.contains("\nDate: NOW\n"), answer);
  }

  @Test
  void chunksStayChunks() throws Exception {
    assertEquals(
        """
        HTTP/1.1 200 OK
        Transfer-Encoding: chunked
        Content-Type: application/x-ndjson
        Date: NOW
        X-Request-Id: ID

        0

        """,
        relayed(
            "GET",
            """
            HTTP/1.1 200 OK
            Content-Type: application/x-ndjson
            Transfer-Encoding: chunked

            """));
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1", "HTTP/1.0"})
  void aBodyThatEndsWithTheConnectionIsSentOnAsChunks(String version) throws Exception {
    String head = relayed("GET", version + " 200 OK\nContent-Type: a/b\n\n");
    assertTrue(head.startsWith("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n"), head);
    assertTrue(head.endsWith("\n\n0\n\n"), head);
  }

  @Test
  void aHeadRequestGetsTheLengthThatAGetWouldHaveGot() throws Exception {
    assertEquals(
        """
        HTTP/1.1 200 OK
        Content-Type: text/plain
        Content-Length: 17
        Date: NOW
        X-Request-Id: ID

        """,
        relayed("HEAD", "HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 17\n\n"));
  }

  @Test
  void notModifiedKeepsALengthAndNoContentNone() throws Exception {
    String notModified = relayed("GET", "HTTP/1.1 304 Not Modified\nContent-Length: 9\n\n");
    assertTrue(notModified.contains("\nContent-Length: 9\n"), notModified);
    String noContent = relayed("GET", "HTTP/1.1 204 No Content\nContent-Length: 9\n\n");
    assertFalse(noContent.contains("Content-Length"), noContent);
  }

  @Test
  void aStatusThatNobodyKnowsPasses() throws Exception {
    String head = relayed("GET", "HTTP/1.1 499 Client Closed\nContent-Length: 0\n\n");
    assertTrue(head.startsWith("HTTP/1.1 499 "), head);
  }

  @Test
  void aLimitedClientIsToldWhereItStands() throws Exception {
    String answer =
        relayed("GET", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", new Decision(true, 10, 3, 7, 0));
    assertEquals(
        """
        HTTP/1.1 200 OK
        Content-Length: 0
        Date: NOW
        X-Request-Id: ID
        RateLimit-Limit: 10
        RateLimit-Remaining: 3
        RateLimit-Reset: 7

        """,
        answer);
  }

  @Test
  void theLimitsOfAGatewayBehindAreNotAddedToOurs() throws Exception {
    String head =
        """
        HTTP/1.1 200 OK
        Content-Length: 0
        RateLimit-Limit: 99
        ratelimit-remaining: 98
        RateLimit-Reset: 97
        RateLimit: limit=99
        RateLimit-Policy: 99;w=1

        """;
    String limited = relayed("GET", head, new Decision(true, 10, 3, 7, 0));
    assertTrue(limited.contains("\nRateLimit-Limit: 10\n"), limited);
    for (String theirs : List.of("99", "98", "97")) {
      assertFalse(limited.contains(": " + theirs) || limited.contains("=" + theirs), limited);
    }
    String unlimited = relayed("GET", head);
    assertTrue(unlimited.contains("\nRateLimit-Limit: 99\nratelimit-remaining: 98\n"), unlimited);
    assertTrue(unlimited.contains("\nRateLimit-Policy: 99;w=1\n"), unlimited);
  }

  @Test
  void whereItLeadsIsToldAsTheClientReachesIt() throws Exception {
    String answer =
        relayed(
            "GET",
            """
            HTTP/1.1 307 Temporary Redirect
            Content-Length: 0
            Date: Mon, 23 Nov 2026 00:50:11 GMT
            location: http://10.1.2.3:11434/x
            Content-Location: //10.1.2.3/y

            """);
    assertEquals(
        """
        HTTP/1.1 307 Temporary Redirect
        Content-Length: 0
        Date: Mon, 23 Nov 2026 00:50:11 GMT
        Location: /x
        Content-Location: /y
        X-Request-Id: ID

        """,
        answer);
  }

  @Test
  void whateverElseLeadsAwayIsDropped() throws Exception {
    String answer =
        relayed(
            "GET",
            """
            HTTP/1.1 307 Temporary Redirect
            Content-Length: 0
            Date: Mon, 23 Nov 2026 00:50:11 GMT
            Location: ws://10.1.2.3:11434/x
            LOCATION: http:\\10.1.2.3/y
            Content-Location: ftp://10.1.2.3/
            Alt-Svc: h2="10.1.2.3:443"
            refresh: 0; url=http://10.1.2.3/
            Link: <http://10.1.2.3/>; rel=next
            link: <z>; rel=next

            """);
    assertEquals(
        """
        HTTP/1.1 307 Temporary Redirect
        Content-Length: 0
        Date: Mon, 23 Nov 2026 00:50:11 GMT
        Location: /y
        link: <z>; rel=next
        X-Request-Id: ID

        """,
        answer);
  }

  private String relayed(String method, String head) throws Exception {
    return relayed(method, head, Decision.unlimited());
  }

  /** It names servers, and this gateway doesn't know who its own client is there. */
  @Test
  void whatAGatewayBehindExpectedOfItsServersIsNotForEveryClient() throws Exception {
    String answer =
        relayed("GET", "HTTP/1.1 200 OK\nX-GATEWAY-Why: gpu-1;wait=0\nContent-Length: 0\n\n");
    assertFalse(answer.contains("gpu-1"), answer);
  }

  /** What a client gets that sent {@code method}, when the server answered with {@code head}. */
  private String relayed(String method, String head, Decision limit) throws Exception {
    RealExchange.Seen<String> seen =
        exchange.exchange(
            method + " /x HTTP/1.1\r\nHost: g\r\n\r\n",
            e -> relay(e, head.replace("\n", "\r\n"), limit));
    String answer = seen.answer().replace("\r\n", "\n").replace(seen.found(), "ID");
    return head.contains("\nDate: ")
        ? answer
        : answer.replaceFirst("\nDate: .* GMT\n", "\nDate: NOW\n");
  }

  private static String relay(Exchange exchange, String head, Decision limit) throws IOException {
    Call call = new Call(exchange, TestSettings.plain());
    call.reserved().limit(limit);
    ResponseHead parsed =
        new ResponseParser()
            .parse(
                ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)),
                HeadLimits.DEFAULT,
                call.head().method().equals("HEAD"))
            .orElseThrow();
    RelayedHead.write(call, parsed);
    exchange.response().end();
    return call.idText();
  }
}
