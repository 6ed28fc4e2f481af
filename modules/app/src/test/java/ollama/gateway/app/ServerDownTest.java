package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that are found to be down, and what brings them back. */
@Timeout(120)
class ServerDownTest {

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two");

  @Test
  void aRefusedConnectionMarksTheServerDownAtOnce() throws Exception {
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      one.close();
      for (int i = 0; i < 2; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
      }
      assertEquals(1, gateway.retries("connect"));
      assertEquals(0, gateway.up(one.url()));
      for (int i = 0; i < 10; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
      }
      assertEquals(1, gateway.retries("connect"));
      assertEquals(1, gateway.up(two.url()));
    }
  }

  @Test
  void theOnlyServerThatHasAModelIsTriedThoughItCannotBeReachedAndDidNotTellItsModelsLately()
      throws Exception {
    one.has("only:latest");
    two.has("other:latest");
    try (TestGateway gateway =
        TestGateway.before(one, two)
            .set("metrics", "{\"enabled\": true}")
            .set("loadBalancer", "{\"policy\": \"soonest\"}")
            .startChecked(one, two)) {
      String body = "{\"model\":\"only\"}";
      assertEquals("{\"by\":\"one\"}", gateway.post("/api/generate", body).text());
      one.listStatus(500);
      // Both are asked for their lists, since nobody has that.
      long _ = gateway.post("/api/generate", "{\"model\":\"nosuch\"}").status();
      one.close();
      assertEquals(503, gateway.post("/api/generate", body).status());
      gateway.awaitUp(0, one.url());

      Answer answer = gateway.post("/api/generate", body);

      assertEquals(503, answer.status());
      assertTrue(answer.text().contains("1 tried, the last could not be reached"), answer::text);
    }
  }

  @Test
  void aServerThatIsDownIsCheckedEverySecondUntilItIsBack() throws Exception {
    int port = one.port();
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      one.close();
      for (int i = 0; i < 2; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
      }
      try (FakeUpstream back =
          FakeUpstream.restart(port, call -> call.respond(200, "{\"by\":\"one\"}"))) {
        back.health(503);
        long first = back.nextCheck();
        long second = back.nextCheck();
        double seconds = (second - first) / 1e9;
        // Seen by the server, which may be late for either; one that is up waits for 30 s.
        assertTrue(seconds > 0.5 && seconds < 15, seconds + " s between two checks");
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
        back.health(200);
        long _ = back.nextCheck();
        gateway.awaitUp(1, back.url());
        int before = back.seen().size();
        for (int i = 0; i < 4; i++) {
          assertEquals(200, gateway.post("/api/generate", "{}").status());
        }
        assertEquals(before + 2, back.seen().size());
      }
    }
  }

  @Test
  void aServerWhoseCheckFailsIsDownUntilOneSucceeds() throws Exception {
    int[] unhealthy = {500, 404, 301, 0};
    FakeUpstream[] all = new FakeUpstream[unhealthy.length + 1];
    all[unhealthy.length] = two;
    for (int i = 0; i < unhealthy.length; i++) {
      all[i] = FakeUpstream.simple();
      all[i].health(unhealthy[i]);
    }
    try (TestGateway gateway =
        TestGateway.before(all).set("metrics", "{\"enabled\": true}").start()) {
      for (int i = 0; i < unhealthy.length; i++) {
        gateway.awaitUp(0, all[i].url());
      }
      for (int i = 0; i < 10; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
      }
      for (int i = 0; i < unhealthy.length; i++) {
        all[i].health(204);
      }
      for (int i = 0; i < unhealthy.length; i++) {
        gateway.awaitUp(1, all[i].url());
      }
      for (int i = 0; i < all.length; i++) {
        assertEquals(200, gateway.post("/api/generate", "{}").status());
      }
      for (int i = 0; i < unhealthy.length; i++) {
        assertEquals(1, all[i].seen().size());
        all[i].close();
      }
    }
  }

  @Test
  void aServerThatIsDownButAnswersAgainIsUsedWithoutWaitingForItsCheck() throws Exception {
    int port = one.port();
    try (TestGateway gateway = TestGateway.startChecked(one)) {
      one.close();
      assertEquals(503, gateway.post("/api/generate", "{}").status());
      try (FakeUpstream back =
          FakeUpstream.restart(port, call -> call.respond(200, "{\"by\":\"back\"}"))) {
        back.health(500);
        assertEquals("{\"by\":\"back\"}", gateway.post("/api/generate", "{}").text());
      }
    }
  }

  @Test
  void whenNoServerCanBeReachedTheAnswerSaysSoAndNamesNone() throws Exception {
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      one.close();
      two.close();
      Answer both = gateway.post("/api/generate", "{}");
      assertEquals(503, both.status());
      assertEquals("1", both.field("Retry-After"));
      assertEquals(
          "{\"error\":\"No Ollama server is available: 2 tried, the last could not be reached"
              + " (request "
              + both.field("X-Request-Id")
              + ")\"}",
          both.text());
      // Both are known to be down now: one of them is tried, in its turn.
      Answer known = gateway.post("/v1/chat/completions", "{}");
      assertEquals(503, known.status());
      assertEquals("1", known.field("Retry-After"));
      assertEquals(
          "{\"error\":{\"message\":\"No Ollama server is available: 1 tried, the last could not be"
              + " reached (request "
              + known.field("X-Request-Id")
              + ")\",\"type\":\"api_error\",\"param\":null,\"code\":null}}",
          known.text());
    }
  }
}
