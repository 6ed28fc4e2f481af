package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Collections;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Chat;
import ollama.gateway.app.testing.Chats;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One of two servers is stopped as by SIGSTOP: it takes connections and says nothing. */
@Timeout(180)
class ServerPausedTest {

  @AutoClose private final OllamaLike one = OllamaLike.of("a").start();
  @AutoClose private final OllamaLike two = OllamaLike.of("a").start();
  @AutoClose private final TestGateway gateway;

  ServerPausedTest() throws Exception {
    Answer _ = one.post("/api/generate", "{\"model\":\"a\"}");
    Answer _ = two.post("/api/generate", "{\"model\":\"a\"}");
    gateway =
        TestGateway.before(one, two)
            .set("metrics", "{\"enabled\": true}")
            .set(
                "loadBalancer",
                "{\"modelsIntervalInSeconds\": 1, \"healthCheckIntervalInSeconds\": 1,"
                    + " \"checkAfterSilenceMillis\": 200,"
                    + " \"healthCheckTimeoutInMilliseconds\": 500}")
            .start();
    one.awaitLists();
    two.awaitLists();
  }

  @Test
  void whoIsWithItAndWhoWaitsForItLeaveItForTheOther() throws Exception {
    try (Chats chats = new Chats(gateway)) {
      one.hold();
      two.hold();
      for (int i = 0; i < 8; i++) {
        chats.send(Chat.of("a", 1, "hi"));
      }
      one.awaitRunning("a", 1);
      two.awaitRunning("a", 1);
      one.pause();
      two.release();
      assertEquals(Collections.nCopies(8, 200), chats.statuses());
      assertEquals(8, two.begun().size());
    }
  }

  @Test
  void itGetsNoRequestUntilItGoesOn() throws Exception {
    one.pause();
    gateway.awaitUp(0, one.url());
    for (int i = 0; i < 10; i++) {
      assertEquals(200, gateway.ask(Chat.of("a", 1, "hi").request()).status());
    }
    assertEquals(10, two.begun().size());
    one.resume();
    gateway.awaitUp(1, one.url());
    one.awaitLists();
    for (int i = 0; i < 10; i++) {
      assertEquals(200, gateway.ask(Chat.of("a", 1, "hi").request()).status());
    }
    assertFalse(one.begun().isEmpty(), two::toString);
  }
}
