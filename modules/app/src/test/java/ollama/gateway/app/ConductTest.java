package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The {@link Conduct} that no other test shows, and that there is a test of each. */
class ConductTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";

  private FakeUpstream upstream;
  private TestGateway gateway;

  @BeforeEach
  void start() throws Exception {
    upstream = FakeUpstream.simple();
    gateway = TestGateway.start(upstream);
  }

  @AfterEach
  void close() throws IOException {
    gateway.close();
    upstream.close();
  }

  @ParameterizedTest
  @EnumSource
  void eachHasItsTest(Conduct conduct) {
    if (conduct.tests() == TimeoutsTest.class) {
      assertTrue(TimeoutsTest.all().containsKey(conduct.test()), conduct.test());
      return;
    }
    List<Method> tests =
        Arrays.stream(conduct.tests().getDeclaredMethods())
            .filter(method -> method.getName().equals(conduct.test()))
            .filter(ConductTest::isTest)
            .toList();
    assertEquals(1, tests.size(), conduct.tests() + "#" + conduct.test());
  }

  private static boolean isTest(Method method) {
    return method.isAnnotationPresent(Test.class)
        || method.isAnnotationPresent(ParameterizedTest.class);
  }

  @Test
  void oneEmptyLineBeforeARequestIsSkipped() throws Exception {
    try (RawClient client = gateway.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send("\r\n" + TestGateway.postOf("/api/chat", "{\"n\":" + i + "}"));
        assertEquals(200, client.answer().status());
        assertEquals("{\"n\":" + i + "}", upstream.next().body());
      }
      client.send("\r\n\r\n" + TestGateway.postOf("/api/chat", "{}"));
      assertEquals(400, client.answer().status());
    }
  }

  @Test
  void anUnwantedBodyBeyondABoundEndsTheConnection() throws Exception {
    String chat = "POST /api/chat HTTP/1.1\r\nHost: g\r\n";
    try (RawClient client = gateway.connect()) {
      String body = "x".repeat(300_000);
      client.send(chat + "Content-Length: " + body.length() + "\r\n\r\n" + body);
      Answer answer = client.answer();
      assertEquals(401, answer.status());
      assertEquals("close", answer.field("Connection"));
      assertEquals(End.CLOSED, client.end());
    }
  }

  @Test
  void switchingProtocolsIsNeverForwarded() throws Exception {
    upstream.script(
        call -> call.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"));
    String get = "GET /api/ps HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    Answer answer = gateway.ask(get + TestGateway.AUTH + "\r\n");
    assertEquals(502, answer.status());
    assertEquals("", answer.field("Upgrade"));
    assertEquals("", upstream.next().head().field("Upgrade"));
  }

  @ParameterizedTest
  @CsvSource({"HEAD, 200", "GET, 204", "GET, 304"})
  void noBodyIsReadOrSentWhereNoneCanBe(String method, int status) throws Exception {
    upstream.script(call -> call.send("HTTP/1.1 " + status + " Status\r\nX: a\r\n\r\n"));
    String request = get("").replace("GET", method);
    try (RawClient client = gateway.connect()) {
      Head first = client.send(request).head();
      // Anything like a body would stand where the next answer begins.
      Head second = client.send(request).head();
      assertEquals(status, first.status());
      assertEquals(status, second.status());
      assertEquals("a", second.field("X"));
      assertEquals(upstream.next().connection(), upstream.next().connection());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 4", "Transfer-Encoding: chunked"})
  void aServerThatAnnouncesABodyWhereNoneCanBeLosesItsConnection(String framing) throws Exception {
    upstream.script(call -> call.send("HTTP/1.1 204 No Content\r\n" + framing + "\r\n\r\n"));
    assertEquals(204, gateway.get("/api/tags").status());
    Call first = upstream.next();
    assertEquals(204, gateway.get("/api/tags").status());
    // What it announced could come at any time, and be taken for the next answer.
    assertNotEquals(first.connection(), upstream.next().connection());
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.0", "HTTP/1.1"})
  void whatEndsWithTheConnectionIsSentOnInChunks(String version) throws Exception {
    upstream.script(
        call -> {
          call.send(version + " 200 OK\r\n\r\nsome");
          call.close();
        });
    try (RawClient client = gateway.connect()) {
      for (int i = 0; i < 2; i++) {
        Answer answer = client.send(get("")).answer();
        assertEquals("chunked", answer.field("Transfer-Encoding"));
        assertEquals("some", answer.body());
        assertEquals(End.COMPLETE, answer.end());
      }
    }
  }

  @Test
  void whatConnectionNamesIsRemovedBothWays() throws Exception {
    String fields =
        lines(
            "Connection: keep-alive, X-One",
            "X-One: a",
            "x-two: b",
            "X-Three: c",
            "CONNECTION: ,X-TWO ,\tclose");
    upstream.script(call -> call.send(OK + fields + "\r\n{}"));
    Answer answer = gateway.ask(get(fields));
    for (Head head : List.of(upstream.next().head(), answer.head())) {
      assertEquals(List.of("c"), head.all("X-Three"));
      assertEquals(List.of(), head.all("X-One"));
      assertEquals(List.of(), head.all("X-Two"));
    }
  }

  @Test
  void fieldsOfTheHopAreRemovedBothWays() throws Exception {
    List<String> names =
        List.of(
            "Keep-Alive",
            "Proxy-Connection",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "TE",
            "Trailer",
            "Upgrade");
    StringBuilder fields = new StringBuilder("Connection: keep-alive\r\n");
    names.forEach(name -> fields.append(name).append(": a\r\n"));
    upstream.script(call -> call.send(OK + fields + "\r\n{}"));
    Answer answer = gateway.ask(get(fields.toString()));
    for (Head head : List.of(upstream.next().head(), answer.head())) {
      names.forEach(name -> assertEquals(List.of(), head.all(name), name));
      assertEquals(List.of(), head.all("Connection"));
    }
  }

  @Test
  void teIsNeverForwarded() throws Exception {
    for (String te : List.of("trailers", "gzip", "trailers, deflate;q=0.5")) {
      for (String connection : List.of("", "Connection: TE\r\n")) {
        assertEquals(200, gateway.ask(get(connection + "TE: " + te + "\r\n")).status());
        Head head = upstream.next().head();
        assertEquals(List.of(), head.all("TE"));
        assertEquals(List.of(), head.all("Connection"));
      }
    }
  }

  @Test
  void maxForwardsOfZeroIsAnsweredHere() throws Exception {
    String fields = " HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "Max-Forwards: ";
    try (RawClient client = gateway.connect()) {
      for (String target : List.of("*", "/api/chat", "/unknown")) {
        Answer options = client.send("OPTIONS " + target + fields + "0\r\n\r\n").answer();
        assertEquals(204, options.status());
        assertEquals("GET, HEAD, POST, DELETE, OPTIONS", options.field("Allow"));
        Answer trace = client.send("TRACE /api/chat" + fields + "00\r\n\r\n").answer();
        assertEquals(405, trace.status());
        assertTrue(!trace.text().contains(TestGateway.KEY), trace.text());
      }
      assertEquals(0, upstream.seen().size());
      assertEquals(200, client.send("OPTIONS *" + fields + "2\r\n\r\n").answer().status());
      assertEquals("1", upstream.next().head().field("Max-Forwards"));
    }
  }

  @Test
  void aRedirectLeadsThroughTheGateway() throws Exception {
    upstream.script(
        call ->
            call.send(
                "HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: http://"
                    + call.head().field("Host")
                    + "/base/api/chat\r\n\r\n"));
    try (TestGateway other =
        TestGateway.before(upstream.url() + "/base")
            .set("security", "{\"keyInPath\": true}")
            .start()) {
      assertEquals("/api/chat", other.get("/api/chat/").field("Location"));
      assertEquals("/base/api/chat/", upstream.next().target());
      String get = "GET /k/sekret/api/chat/ HTTP/1.1\r\nHost: g\r\n\r\n";
      assertEquals("/k/sekret/api/chat", other.ask(get).field("Location"));
    }
  }

  @Test
  void credentialsAreRemovedWhateverTheirCase() throws Exception {
    String fields =
        lines("X-API-KEY: one", "cookie: two", "x-api-key: three", "COOKIE: four", "API-Key: six");
    assertEquals(200, gateway.ask(get(fields + "AUTHORIZATION: five\r\n")).status());
    String head = upstream.next().head().text();
    for (String secret : List.of(TestGateway.KEY, "one", "two", "three", "four", "five", "six")) {
      assertTrue(!head.contains(": " + secret) && !head.contains("Bearer"), head);
    }
  }

  @Test
  void viaIsAddedBehindThoseBefore() throws Exception {
    assertEquals(200, gateway.ask(get("Via: 1.0 other\r\n")).status());
    assertEquals(List.of("1.0 other", "1.1 ollama-gateway"), upstream.next().head().all("Via"));
  }

  @Test
  void theHostIsTheServersOwnAndTheClientsIsTold() throws Exception {
    assertEquals(200, gateway.ask(get("X-Forwarded-Host: claimed\r\n")).status());
    Head head = upstream.next().head();
    assertEquals("127.0.0.1:" + upstream.port(), head.field("Host"));
    assertEquals("g", head.field("X-Forwarded-Host"));
  }

  @Test
  void whereARequestComesFromIsReplaced() throws Exception {
    String claims =
        lines(
            "X-Forwarded-For: 192.0.2.1",
            "x-forwarded-proto: https",
            "FORWARDED: for=192.0.2.1",
            "X-Real-IP: 192.0.2.1",
            "X-Forwarded-Port: 1");
    assertEquals(200, gateway.ask(get(claims)).status());
    Head head = upstream.next().head();
    assertEquals("127.0.0.1", head.field("X-Forwarded-For"));
    assertEquals("http", head.field("X-Forwarded-Proto"));
    assertEquals("for=127.0.0.1;proto=http", head.field("Forwarded"));
    assertEquals(List.of(), head.all("X-Real-IP"));
    assertEquals(List.of(), head.all("X-Forwarded-Port"));
  }

  @Test
  void anIdThatAClientGivesFollowsItsRequest() throws Exception {
    Answer answer = gateway.ask(get("X-Request-Id: a-1\r\n"));
    assertEquals("a-1", answer.field("X-Request-Id"));
    assertEquals(List.of("a-1"), upstream.next().head().all("X-Request-Id"));
    Answer refused = gateway.ask("GET /api/tags HTTP/1.1\r\nHost: g\r\nX-Request-Id: b-2\r\n\r\n");
    assertEquals(401, refused.status());
    assertEquals("b-2", refused.field("X-Request-Id"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "{}", TestGateway.KEY})
  void anIdThatMayNotGetAroundDoesNotReachTheServer(String id) throws Exception {
    Answer answer = gateway.ask(get("X-Request-Id: " + id + "\r\n"));
    assertEquals(200, answer.status());
    String sent = upstream.next().head().field("X-Request-Id");
    assertTrue(sent.matches("[0-9a-f]{16}"), sent);
  }

  private static String lines(String... lines) {
    return String.join("\r\n", lines) + "\r\n";
  }

  private static String get(String fields) {
    return "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + fields + "\r\n";
  }
}
