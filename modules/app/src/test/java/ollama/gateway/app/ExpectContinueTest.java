package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that ask before they send a body: {@code Expect: 100-continue}. */
class ExpectContinueTest {

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void continueIsSaidAsSoonAsTheBodyIsWanted() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send(
            TestGateway.postHeadOf("/api/chat", "Content-Length: 2\r\nExpect: 100-continue"));
        assertEquals("HTTP/1.1 100 Continue\r\n\r\n", client.head().text());
        client.send("{}");
        assertEquals("{}", client.answer().text());
        Call call = upstream.next();
        assertEquals("{}", call.body());
        assertEquals("", call.head().field("Expect"));
      }
    }
  }

  @Test
  void continueIsNotSaidToWhoSendsItsBodyAnyway() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      client.send(
          TestGateway.postHeadOf("/api/chat", "Content-Length: 2\r\nExpect: 100-continue") + "{}");
      assertEquals(200, client.head().status());
    }
  }

  @Test
  void continueIsNeverSaidToHttp10() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      String head =
          TestGateway.postHeadOf("/api/chat", "Content-Length: 2\r\nExpect: 100-continue");
      client.send(head.replace("HTTP/1.1", "HTTP/1.0"));
      client.send("{}");
      assertEquals(200, client.head().status());
      assertEquals("{}", upstream.next().body());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "wrong,  10,  '',                  401",
    "sekret, 10,  '{\"denyIps\": [\"127.0.0.1\"]}', 403",
    "sekret, 101, '',                  413",
    "sekret, 10,  limited,             429",
  })
  void continueIsNotSaidToWhoIsRefused(String key, int length, String refusing, int status)
      throws Exception {
    TestGateway.Plan plan = TestGateway.before(upstream).set("limits", "{\"bodyBytes\": 100}");
    boolean limited = refusing.equals("limited");
    if (limited) {
      plan.set("rateLimit", "{\"maxRequests\": 1, \"timeWindowSeconds\": 60, \"enabled\": true}");
    } else if (!refusing.isEmpty()) {
      plan.set("security", refusing);
    }
    try (TestGateway gateway = plan.start();
        RawClient client = gateway.connect()) {
      if (limited) {
        assertEquals(200, gateway.get("/api/tags").status());
      }
      int before = upstream.seen().size();
      client.send(
          TestGateway.postHeadOf(
                  "/api/chat", "Content-Length: " + length + "\r\nExpect: 100-continue")
              .replace("sekret", key));
      assertEquals(status, client.head().status());
      assertEquals(before, upstream.seen().size());
    }
  }
}
