package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.testing.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestParserTest {

  @Test
  void parsesAGet() {
    String head =
        """
        GET /api/tags?verbose=1 HTTP/1.1
        Host: localhost:11434
        Accept: */*

        """;

    assertEquals(
        new Outcome.Request(
            "GET",
            "/api/tags?verbose=1",
            1,
            List.of("Host: localhost:11434", "Accept: */*"),
            Framing.NONE,
            true,
            false,
            ""),
        parse(head));
  }

  @Test
  void oneEmptyLineBeforeTheHeadIsSkipped() throws Exception {
    RequestParser parser = new RequestParser();
    for (int i = 0; i < 2; i++) {
      assertTrue(parser.parse(Bytes.buffer("\r"), HeadLimits.DEFAULT).isEmpty());
      assertFalse(parser.begun());
      assertTrue(parser.parse(Bytes.buffer("\n"), HeadLimits.DEFAULT).isEmpty());
      assertFalse(parser.begun());
      assertTrue(parser.parse(Bytes.buffer("GET"), HeadLimits.DEFAULT).isEmpty());
      assertTrue(parser.begun());
      ByteBuffer rest = Bytes.buffer(" / HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET");
      assertEquals("GET", parser.parse(rest, HeadLimits.DEFAULT).orElseThrow().method());
      assertEquals("\r\nGET", Bytes.text(rest));
      parser.reset();
    }
  }

  @Test
  void leavesTheBodyInTheBuffer() {
    String head =
        """
        POST /api/generate HTTP/1.1
        host: a
        content-length: 2

        {}GET\
        """;

    assertEquals(
        new Outcome.Request(
            "POST",
            "/api/generate",
            1,
            List.of("host: a", "content-length: 2"),
            Framing.ofLength(2),
            true,
            false,
            "{}GET"),
        parse(head));
  }

  @Test
  void parsesChunkedInAnyCase() {
    String head =
        """
        POST / HTTP/1.1
        Host: a
        TRANSFER-encoding: \t Chunked \t
        Expect: 100-Continue

        """;

    assertEquals(
        new Outcome.Request(
            "POST",
            "/",
            1,
            List.of("Host: a", "TRANSFER-encoding: Chunked", "Expect: 100-Continue"),
            Framing.CHUNKED,
            true,
            true,
            ""),
        parse(head));
  }

  @Test
  void http10NeedsNoHostAndCloses() {
    String head =
        """
        GET / HTTP/1.0
        Connection: keep-alive
        Expect: 100-continue

        """;

    assertEquals(
        new Outcome.Request(
            "GET",
            "/",
            0,
            List.of("Connection: keep-alive", "Expect: 100-continue"),
            Framing.NONE,
            false,
            false,
            ""),
        parse(head));
  }

  @Test
  void aLaterMinorVersionIsServedAs11() {
    assertEquals(1, request("GET / HTTP/1.9\r\nHost: a\r\n\r\n").minorVersion());
  }

  @Test
  void anExpectationWithoutABodyIsNone() {
    String head =
        """
        GET / HTTP/1.1
        Host: a
        Expect: 100-continue

        """;

    assertFalse(request(Bytes.crlf(head)).expectsContinue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"close", "Close", "keep-alive, close", "x,close ,y", "\tclose"})
  void connectionCloseEndsTheConnection(String value) {
    assertFalse(
        request("GET / HTTP/1.1\r\nHost: a\r\nConnection: " + value + "\r\n\r\n").keepAlive());
  }

  @ParameterizedTest
  @ValueSource(strings = {"keep-alive", "closed", "not close", ""})
  void anythingElseKeepsIt(String value) {
    assertTrue(
        request("GET / HTTP/1.1\r\nHost: a\r\nConnection: " + value + "\r\n\r\n").keepAlive());
  }

  @ParameterizedTest
  @CsvSource({
    "http://a.example/x?y,       /x?y",
    "HTTP://A.EXAMPLE/x,         /x",
    "https://a.example/,         /",
    "http://a.example,           /",
    "http://a.example?y,         /?y",
  })
  void anAbsoluteTargetIsServedLikeItsPath(String target, String path) {
    assertEquals(path, request("GET " + target + " HTTP/1.1\r\nHost: a.example\r\n\r\n").target());
  }

  @Test
  void optionsMayAskForTheServerAsAWhole() {
    assertEquals("*", request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").target());
  }

  @Test
  void anAbsoluteTargetWithoutAPathIsAnAsteriskForOptions() {
    assertEquals("*", request("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n").target());
    assertEquals("/", request("OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n\r\n").target());
    assertEquals("/?x", request("OPTIONS http://a?x HTTP/1.1\r\nHost: a\r\n\r\n").target());
    assertEquals("/", request("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").target());
  }

  @Test
  void methodsAreCaseSensitiveTokens() {
    assertEquals("get", request("get / HTTP/1.1\r\nHost: a\r\n\r\n").method());
    assertEquals("M-SEARCH", request("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n").method());
    assertEquals(
        "!#$%&'*+-.^_`|~09", request("!#$%&'*+-.^_`|~09 / HTTP/1.1\r\nHost: a\r\n\r\n").method());
  }

  @Test
  void bytesAbove127StayAsTheyAreInValues() {
    RequestHead head = request("GET / HTTP/1.1\r\nHost: a\r\nX: \u00e4\u00ff\r\n\r\n");

    assertEquals("\u00e4\u00ff", head.fields().value(1));
  }

  @Test
  void aMethodMayHave32Bytes() {
    String method = "M".repeat(32);

    assertEquals(method, request(method + " / HTTP/1.1\r\nHost: a\r\n\r\n").method());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/qwen2.5",
        "/v1/models/..qwen",
        "/v1/models/qwen..",
        "/v1/models/...",
        "/v1/models/.hidden",
        "/v1/models/a%2eb",
        "/v1/models/%2e%2e%2e",
        "/a;..;b",
        "/a?/../b&c=/.",
        "/%2",
        "/.%",
      })
  void dotsThatAreNoSegmentsPass(String target) {
    assertEquals(target, request("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").target());
  }

  @Test
  void maxForwardsMeansNothingToOtherMethods() {
    assertEquals(
        "x", request("GET / HTTP/1.1\r\nHost: a\r\nMax-Forwards: x\r\n\r\n").fields().value(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a.example:1",
        "a.example:65535",
        "A-B.example:00080",
        "127.0.0.1:11434",
        "[::1]",
        "[::1]:80",
        "[::ffff:127.0.0.1]:11434",
        "a_b~c%20!$&'()*+;="
      })
  void takesTheseHosts(String host) {
    assertEquals(host, request("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").fields().value(0));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "007, 7", "999999999999999999, 999999999999999999"})
  void takesTheseLengths(String text, long length) {
    RequestHead head =
        request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + text + "\r\n\r\n");

    assertEquals(Framing.ofLength(length), head.framing());
  }

  @Test
  void aHeadMayBeAsLargeAsTheLimit() {
    assertTrue(parse(BadRequests.ofBytes(1024)) instanceof Outcome.Request);
  }

  @Test
  void aTargetMayBeAsLongAsTheLimit() {
    String target = "/" + "a".repeat(199);

    assertEquals(target, request("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").target());
  }

  @Test
  void thereMayBeAsManyFieldsAsTheLimit() {
    String head = "GET / HTTP/1.1\r\nHost: a\r\n" + "X: a\r\n".repeat(11) + "\r\n";

    assertEquals(12, request(head).fields().count());
  }

  @Test
  void manyFieldsMakeTheListGrow() throws ProtocolException {
    String head = "GET / HTTP/1.1\r\nHost: a\r\n" + "X: a\r\n".repeat(98) + "Last: z\r\n\r\n";
    RequestHead parsed =
        new RequestParser().parse(Bytes.buffer(head), HeadLimits.DEFAULT).orElseThrow();

    assertEquals(100, parsed.fields().count());
    assertEquals("z", parsed.fields().value(99));
  }

  @Test
  void pipelinedHeadsComeOneAfterTheOther() throws ProtocolException {
    RequestParser parser = new RequestParser();
    ByteBuffer in =
        Bytes.buffer(
            Bytes.crlf(
                """
                GET /1 HTTP/1.1
                Host: first
                X: only in the first, which is much longer

                GET /2 HTTP/1.1
                Host: second

                GET /3\
                """));

    assertEquals("/1", parser.parse(in, HeadLimits.DEFAULT).orElseThrow().target());
    parser.reset();
    RequestHead second = parser.parse(in, HeadLimits.DEFAULT).orElseThrow();
    assertEquals("/2", second.target());
    assertEquals("second", second.fields().value(0));
    assertEquals(1, second.fields().count());
    parser.reset();
    assertTrue(parser.parse(in, HeadLimits.DEFAULT).isEmpty());
    assertFalse(in.hasRemaining());
  }

  @Test
  void largeHeadsOfAllParsersTogetherAreBounded() throws ProtocolException {
    MemoryBudget large = new MemoryBudget(40_000);
    String begun = "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(20_000);
    RequestParser first = new RequestParser(large);
    RequestParser second = new RequestParser(large);
    assertTrue(first.parse(Bytes.buffer(begun), HeadLimits.DEFAULT).isEmpty());

    ProtocolException refused =
        assertThrows(
            ProtocolException.class, () -> second.parse(Bytes.buffer(begun), HeadLimits.DEFAULT));
    assertEquals(Rule.HEADS_TOO_LARGE, refused.rule());
    second.reset();
    String small = "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(4_000) + "\r\n\r\n";
    assertTrue(second.parse(Bytes.buffer(small), HeadLimits.DEFAULT).isPresent());
    second.reset();
    first.reset();
    assertEquals(0, large.takenBytes());
    assertTrue(second.parse(Bytes.buffer(begun), HeadLimits.DEFAULT).isEmpty());
  }

  @Test
  void aSmallHeadIsReadAfterALargeOne() throws ProtocolException {
    RequestParser parser = new RequestParser();
    assertTrue(
        parser.parse(Bytes.buffer(BadRequests.ofBytes(20_000)), HeadLimits.DEFAULT).isPresent());
    parser.reset();

    assertTrue(
        parser.parse(Bytes.buffer(BadRequests.ofBytes(100)), HeadLimits.DEFAULT).isPresent());
  }

  @Test
  void aRefusalHasNoStackTraceAndTellsNothingOfTheClient() {
    ProtocolException refusal =
        assertThrows(
            ProtocolException.class,
            () ->
                new RequestParser()
                    .parse(Bytes.buffer("G(T / HTTP/1.1\r\n\r\n"), BadRequests.LIMITS));

    assertEquals(0, refusal.getStackTrace().length);
    assertEquals("the method isn't a token", refusal.getMessage());
  }

  private static Outcome parse(String textBlock) {
    String head = textBlock.contains("\r") ? textBlock : Bytes.crlf(textBlock);
    return Outcome.ofRequest(BadRequests.LIMITS, List.of(head));
  }

  private static RequestHead request(String head) {
    try {
      return new RequestParser().parse(Bytes.buffer(head), BadRequests.LIMITS).orElseThrow();
    } catch (ProtocolException e) {
      throw new AssertionError(e.rule().toString(), e);
    }
  }
}
