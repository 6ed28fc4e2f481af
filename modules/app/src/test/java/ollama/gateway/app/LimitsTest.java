package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The limits of heads and connections, from the settings to what clients see. */
class LimitsTest {

  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.simple();
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
  }

  @Test
  void headBytes() throws Exception {
    try (TestGateway gateway = with("{\"headBytes\": 1024}")) {
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "X: %s\r\n\r\n";
      int rest = 1024 - get.formatted("").length();
      assertEquals(200, gateway.ask(get.formatted("x".repeat(rest))).status());
      assertRefused(gateway, get.formatted("x".repeat(rest + 1)), 431, "head too large");
    }
  }

  @Test
  void fields() throws Exception {
    try (TestGateway gateway = with("{\"fields\": 10}")) {
      String get = "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "%s\r\n";
      assertEquals(200, gateway.ask(get.formatted("X: 1\r\n".repeat(8))).status());
      assertRefused(gateway, get.formatted("X: 1\r\n".repeat(9)), 431, "too many field lines");
    }
  }

  @Test
  void targetBytes() throws Exception {
    try (TestGateway gateway = with("{\"targetBytes\": 256}")) {
      assertEquals(200, gateway.get("/" + "x".repeat(255)).status());
      String get = "GET /" + "x".repeat(256) + " HTTP/1.1\r\nHost: g\r\n\r\n";
      assertRefused(gateway, get, 414, "request target too long");
    }
  }

  @Test
  void connectionsPerAddress() throws Exception {
    try (TestGateway gateway = with("{\"connectionsPerAddress\": 2}");
        RawClient first = gateway.connect();
        RawClient second = gateway.connect()) {
      String request = TestGateway.postOf("/api/chat", "{}");
      assertEquals(200, first.send(request).answer().status());
      assertEquals(200, second.send(request).answer().status());
      try (RawClient third = gateway.connect()) {
        Answer refused = third.answer();
        assertEquals(503, refused.status());
        assertEquals("{\"error\":\"too many connections from this address\"}", refused.text());
        assertEquals("1", refused.field("Retry-After"));
        assertEquals("close", refused.field("Connection"));
      }
      try (RawClient elsewhere = RawClient.from("127.0.0.2", gateway.address())) {
        assertEquals(200, elsewhere.send(request).answer().status());
      }
      assertEquals(200, first.send(request).answer().status());
    }
  }

  @Test
  void connections() throws Exception {
    try (TestGateway gateway = with("{\"connections\": 2}");
        RawClient first = gateway.connect();
        RawClient second = gateway.connect();
        RawClient third = gateway.connect()) {
      String request = TestGateway.postOf("/api/chat", "{}");
      assertEquals(200, first.send(request).answer().status());
      assertEquals(200, second.send(request).answer().status());
      third.send(request);
      int before = upstream.seen().size();
      assertEquals(200, first.send(request).answer().status());
      // The third waits to be accepted, until one leaves.
      assertEquals(before + 1, upstream.seen().size());
      second.reset();
      assertEquals(200, third.answer().status());
    }
  }

  private static void assertRefused(TestGateway gateway, String request, int status, String why)
      throws IOException {
    try (RawClient client = gateway.connect()) {
      Answer answer = client.send(request).answer();
      assertEquals(status, answer.status());
      assertEquals("{\"error\":\"" + why + "\"}", answer.text());
      assertEquals("close", answer.field("Connection"));
      End end = client.end();
      assertTrue(end == End.CLOSED || end == End.RESET);
    }
  }

  private TestGateway with(String limits) throws Exception {
    return TestGateway.before(upstream).set("limits", limits).start();
  }
}
