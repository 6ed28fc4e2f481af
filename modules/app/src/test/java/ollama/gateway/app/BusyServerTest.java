package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import ollama.gateway.app.testing.Chat;
import ollama.gateway.app.testing.Chats;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server whose own queue is full says 503, while another has time. */
@Timeout(180)
class BusyServerTest {

  @Test
  void whatABusyServerRefusesTheOtherAnswers() throws Exception {
    try (OllamaLike one = OllamaLike.of("a", "b").maxQueue(1).loadMillis(60_000).start();
        OllamaLike two = OllamaLike.of("a", "b").loadMillis(1).start();
        RawClient loading = one.connect();
        TestGateway gateway = TestGateway.before(one, two).start();
        Chats chats = new Chats(gateway)) {
      loading.send(Chat.of("b", 1, "hi").request());
      one.awaitLoading();
      for (int i = 0; i < 12; i++) {
        chats.send(Chat.of("a", 1, "hi"));
      }
      assertEquals(Collections.nCopies(12, 200), chats.statuses());
      assertTrue(one.refused() > 0, one::toString);
      assertEquals(12, two.served());
    }
  }
}
