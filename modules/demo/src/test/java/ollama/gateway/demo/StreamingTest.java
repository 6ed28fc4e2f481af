package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** At one word per second an answer lasts much longer than any test may. */
@Timeout(60)
class StreamingTest {

  private static final Pace SLOW = new Pace(1);
  private static final String GENERATE = "{\"model\":\"demo\",\"prompt\":\"hi\"}";
  private static final String GENERATE_WHOLE =
      "{\"model\":\"demo\",\"prompt\":\"hi\",\"stream\":false}";

  @Test
  void handsOverEachWordBeforeTheNextIsDue() throws IOException {
    try (Demo demo = Demo.start(SLOW);
        Client client = new Client(demo.server().address())) {
      client.send("POST", "/api/generate", GENERATE);
      assertEquals(200, client.head().status());
      assertEquals("Hello!", Shape.member(client.chunk().orElseThrow(), "response"));
      assertEquals(" This", Shape.member(client.chunk().orElseThrow(), "response"));
      assertEquals(1, demo.server().requestsInFlight());
      assertEquals(0, demo.server().canceled());
    }
  }

  @Test
  void keepsThePace() throws IOException {
    try (Demo demo = Demo.start(new Pace(50));
        Client client = new Client(demo.server().address())) {
      long start = System.nanoTime();
      client.send(
          "POST",
          "/api/generate",
          "{\"model\":\"demo\",\"prompt\":\"hi\",\"options\":{\"num_predict\":10}}");
      assertEquals(200, client.head().status());
      for (int word = 0; word < 10; word++) {
        client.chunk();
        assertTrue(System.nanoTime() - start >= (word + 1) * 20_000_000L, "word " + word);
      }
    }
  }

  @Test
  void noticesAtOnceThatAClientLeavesAStream() throws Exception {
    try (Demo demo = Demo.start(SLOW)) {
      try (Client client = new Client(demo.server().address())) {
        client.send("POST", "/api/generate", GENERATE);
        client.head();
        client.chunk();
      }
      Await.until(() -> demo.server().canceled() == 1);
      Await.until(() -> demo.server().requestsInFlight() == 0);
    }
  }

  @Test
  void noticesAtOnceThatAClientLeavesBeforeTheFirstByte() throws Exception {
    try (Demo demo = Demo.start(SLOW)) {
      try (Client client = new Client(demo.server().address())) {
        client.send("POST", "/api/generate", GENERATE_WHOLE);
        Await.until(() -> demo.server().requestsInFlight() == 1);
      }
      Await.until(() -> demo.server().canceled() == 1);
    }
  }

  @Test
  void takesAHalfClosedConnectionForAClientThatLeft() throws Exception {
    try (Demo demo = Demo.start(SLOW);
        Client client = new Client(demo.server().address())) {
      client.send("POST", "/api/generate", GENERATE_WHOLE);
      client.shutdownOutput();
      Await.until(() -> demo.server().canceled() == 1);
      assertEquals("", client.rest());
    }
  }

  @Test
  void countsNoClientThatHasItsAnswer() throws Exception {
    try (Demo demo = Demo.start(Pace.unlimited())) {
      assertEquals(200, Client.post(demo.server(), "/api/generate", GENERATE).status());
      Await.until(() -> demo.server().requestsInFlight() == 0);
      assertEquals(0, demo.server().canceled());
    }
  }

  @Test
  void answersWhatWasSentAheadInItsOrder() throws IOException {
    try (Demo demo = Demo.start(new Pace(20));
        Client client = new Client(demo.server().address())) {
      client.send(
          "POST",
          "/api/generate",
          "{\"model\":\"demo\",\"prompt\":\"hi\",\"stream\":false,\"options\":{\"num_predict\":3}}");
      // More than is read ahead, so that the client can't be watched meanwhile.
      client.send(
          "POST",
          "/api/chat",
          "{\"model\":\"demo\",\"messages\":[],\"padding\":\"" + "x".repeat(100_000) + "\"}");
      client.send("GET", "/api/version", "");
      assertEquals("Hello! This is", Shape.member(client.reply("POST").body(), "response"));
      assertEquals("load", Shape.member(client.reply("POST").body(), "done_reason"));
      assertEquals(ListRoutes.VERSION, Shape.member(client.reply("GET").body(), "version"));
    }
  }

  @Test
  void servesOthersMeanwhile() throws Exception {
    try (Demo demo = Demo.start(SLOW);
        Client client = new Client(demo.server().address())) {
      client.send("POST", "/api/generate", GENERATE);
      client.head();
      assertEquals(200, Client.get(demo.server(), "/").status());
      Await.until(() -> demo.server().requestsInFlight() == 1);
    }
  }

  @Test
  void cutsStreamsWhenItCloses() throws IOException {
    try (Demo demo = Demo.start(SLOW);
        Client client = new Client(demo.server().address())) {
      client.send("POST", "/api/generate", GENERATE);
      client.head();
      client.chunk();
      demo.server().close();
      boolean cut = false;
      try {
        for (Optional<String> chunk = client.chunk(); chunk.isPresent(); chunk = client.chunk()) {}
      } catch (IOException e) {
        cut = true;
      }
      assertTrue(cut);
    }
  }
}
