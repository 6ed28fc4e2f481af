package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Chat;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server that other tests take for Ollama. */
@Timeout(120)
class OllamaLikeTest {

  private static final long MILLIS = 1_000_000;
  private static final int SILENCE_MILLIS = 200;

  @Test
  void aModelIsListedAlwaysAndInMemoryOnlyAfterItsLoad() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").loadMillis(60_000).start();
        RawClient client = server.connect()) {
      assertTrue(server.get("/api/tags").text().contains("\"name\":\"a:latest\""));
      client.send(Chat.of("a", 1, "hi").request());
      server.awaitLoading();
      assertEquals("{\"models\":[]}", server.get("/api/ps").text());
      server.loadMillis(0);
      assertEquals(200, client.answer().status());

      String ps = server.get("/api/ps").text();
      assertTrue(ps.contains("\"a:latest\"") && ps.contains("\"context_length\":4096"), ps);
      assertEquals(1, server.loads());
    }
  }

  @Test
  void theListOfLoadedOnesMayHangUntilALoadIsOver() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").loadMillis(60_000).psHangsWhileLoading().start();
        RawClient client = server.connect();
        RawClient ps = server.connect()) {
      client.send(Chat.of("a", 1, "hi").request());
      server.awaitLoading();
      ps.send(TestGateway.getOf("/api/ps"));
      assertTrue(silent(ps));
      server.loadMillis(0);

      assertTrue(ps.answer().text().contains("\"a:latest\""));
      assertEquals(200, client.answer().status());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/api/chat, messages, '[{\"role\":\"user\",\"content\":\"hi\"}]', '\"content\":\" one one\"'",
    "/api/generate, prompt, '\"hi\"', '\"response\":\" one one\"'",
    "/v1/chat/completions, messages, '[{\"role\":\"user\",\"content\":\"hi\"}]', "
        + "'\"content\":\" one one\"'"
  })
  void itAnswersWhole(String path, String member, String value, String expected) throws Exception {
    try (OllamaLike server = OllamaLike.of("a").named("one").start()) {
      String body =
          "{\"model\":\"a\",\"stream\":false,\"max_tokens\":2,\"options\":{\"num_predict\":2},"
              + "\"%s\":%s}".formatted(member, value);
      Answer answer = server.post(path, body);

      assertEquals(200, answer.status());
      assertTrue(answer.text().contains(expected), answer::toString);
    }
  }

  @ParameterizedTest
  @CsvSource({"/api/chat, '\"done\":true'", "/v1/chat/completions, 'data: [DONE]'"})
  void itAnswersTokenByToken(String path, String end) throws Exception {
    try (OllamaLike server = OllamaLike.of("a").start()) {
      String body =
          "{\"model\":\"a\",\"stream\":true,\"max_tokens\":5,\"options\":{\"num_predict\":5},"
              + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
      Answer answer = server.post(path, body);

      assertEquals(End.COMPLETE, answer.end());
      assertTrue(answer.chunks().size() > 5, answer::toString);
      assertTrue(answer.chunks().getLast().contains(end), answer::toString);
    }
  }

  @Test
  void whatItHasNotIsNotFound() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").start()) {
      Answer answer = server.post("/api/chat", chat("b", 1, "hi"));

      assertEquals(404, answer.status());
      assertEquals("{\"error\":\"model 'b' not found\"}", answer.text());
      assertEquals(404, server.post("/api/show", "{\"model\":\"b\"}").status());
      assertEquals(200, server.post("/api/show", "{\"model\":\"a\"}").status());
    }
  }

  @Test
  void whoFindsNoSlotWaitsAndTheNumbersTellHowLong() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").start()) {
      Answer _ = server.post("/api/chat", chat("a", 1, "hi"));
      server.hold();
      List<RawClient> clients = new ArrayList<>();
      for (int tokens : new int[] {1, 100, 1}) {
        clients.add(server.connect().send(Chat.of("a", tokens, "hi").request()));
        server.awaitCame(1 + clients.size());
      }
      // Each has come before the one ahead of it begins.
      server.release();
      List<Long> waits = new ArrayList<>();
      for (RawClient client : clients) {
        waits.add(waited(client.answer()));
      }
      closeAll(clients);

      assertTrue(waits.get(2) >= 90 * MILLIS, waits::toString);
      assertEquals(1, server.mostRunning("a"));
      assertEquals(3, server.mostHeld("a"));
    }
  }

  @Test
  void eachModelHasItsOwnSlots() throws Exception {
    try (OllamaLike server = OllamaLike.of("a", "b").slots(2).start()) {
      server.hold();
      List<RawClient> clients = new ArrayList<>();
      for (String model : List.of("a", "b", "a", "b", "a")) {
        clients.add(server.connect().send(Chat.of(model, 1, "hi").request()));
        server.awaitCame(clients.size());
      }
      server.awaitRunning("a", 2);
      server.awaitRunning("b", 2);
      server.release();
      server.awaitServed(5);
      assertEquals(2, server.mostRunning("a"));
      assertEquals(2, server.mostRunning("b"));
      closeAll(clients);
    }
  }

  @Test
  void forWhatIsWantedAnIdleModelGoesThatWouldHaveGoneSoonest() throws Exception {
    try (OllamaLike server = OllamaLike.of("a", "b", "c").maxLoaded(2).loadMillis(1).start()) {
      Answer _ = server.post("/api/chat", chat("a", 1, "hi"));
      Answer _ = server.post("/api/generate", "{\"model\":\"b\",\"keep_alive\":\"10s\"}");
      assertEquals(List.of("a:latest", "b:latest"), server.loaded());
      Answer _ = server.post("/api/chat", chat("c", 1, "hi"));

      assertEquals(List.of("a:latest", "c:latest"), server.loaded());
    }
  }

  @Test
  void aModelInUseStaysUntilItIsIdle() throws Exception {
    try (OllamaLike server = OllamaLike.of("a", "b").maxLoaded(1).loadMillis(1).start();
        RawClient first = server.connect();
        RawClient second = server.connect()) {
      server.hold();
      first.send(Chat.of("a", 1, "hi").request());
      server.awaitRunning("a", 1);
      second.send(Chat.of("b", 1, "hi").request());
      server.awaitHeld(2);
      assertEquals(List.of("a:latest"), server.loaded());
      server.release();
      assertEquals(200, second.answer().status());
      assertEquals(List.of("b:latest"), server.loaded());
    }
  }

  @Test
  void anotherContextLoadsAnew() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").loadMillis(1).start()) {
      String wide = chat("a", 1, "hi").replace("\"num_predict\"", "\"num_ctx\":99,\"num_predict\"");
      Answer _ = server.post("/api/chat", chat("a", 1, "hi"));
      Answer _ = server.post("/api/chat", wide);
      Answer _ = server.post("/api/chat", wide);

      assertEquals(2, server.loads());
    }
  }

  @Test
  void keepAliveOfNoTimeUnloads() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").loadMillis(1).start()) {
      Answer _ = server.post("/api/generate", "{\"model\":\"a\"}");
      assertEquals(List.of("a:latest"), server.loaded());
      Answer answer = server.post("/api/generate", "{\"model\":\"a\",\"keep_alive\":0}");

      assertTrue(answer.text().contains("\"done_reason\":\"unload\""), answer::toString);
      assertEquals(List.of(), server.loaded());
    }
  }

  @Test
  void whenTooManyNeedALoadItIsBusy() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").maxQueue(1).loadMillis(60_000).start();
        RawClient client = server.connect()) {
      client.send(Chat.of("a", 1, "hi").request());
      server.awaitLoading();
      Answer busy = server.post("/api/chat", chat("a", 1, "hi"));

      assertEquals(503, busy.status());
      assertTrue(busy.text().contains("maximum pending requests exceeded"), busy::toString);
      server.loadMillis(0);
      assertEquals(200, client.answer().status());
      assertEquals(1, server.refused());
    }
  }

  @Test
  void whoLeavesDuringItsLoadEndsIt() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").loadMillis(60_000).start()) {
      try (RawClient client = server.connect()) {
        client.send(Chat.of("a", 1, "hi").request());
        server.awaitLoading();
      }
      server.awaitAbortedLoads(1);
      assertEquals(0, server.loads());
      server.awaitHeld(0);
    }
  }

  @Test
  void whoLeavesGivesItsSlotFree() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").tokensPerSecond(100).start();
        RawClient next = server.connect()) {
      try (RawClient client = server.connect()) {
        client.send(Chat.of("a", 100_000, "hi").request());
        server.awaitRunning("a", 1);
        next.send(Chat.of("a", 1, "hi").request());
        server.awaitHeld(2);
      }
      assertEquals(200, next.answer().status());
    }
  }

  @Test
  void whatItHasReadAlreadyItDoesntReadAgain() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").named("one").promptTokensPerSecond(1_000).start()) {
      String question = "x".repeat(400);
      Chat chat = Chat.of("a", 2, question);
      Answer first = server.post("/api/chat", chat.json());
      Answer second = server.post("/api/chat", chat.then(first, "and?").json());

      assertTrue(number(first, "prompt_eval_duration") >= 100 * MILLIS, first::toString);
      assertTrue(
          number(second, "prompt_eval_duration") < number(first, "prompt_eval_duration"),
          second::toString);
      assertTrue(number(second, "prompt_eval_count") > 100, second::toString);
      assertTrue(server.cachedTokens() > 100);
    }
  }

  @Test
  void pausedItTakesRequestsAndAnswersThemWhenItGoesOn() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").start();
        RawClient client = server.connect();
        RawClient probe = server.connect()) {
      server.pause();
      client.send(Chat.of("a", 1, "hi").request());
      probe.send(TestGateway.getOf("/"));
      assertTrue(silent(probe));
      assertEquals(0, server.came());
      server.resume();
      assertEquals(200, client.answer().status());
    }
  }

  private static boolean silent(RawClient client) throws Exception {
    int millis = client.socket().getSoTimeout();
    client.socket().setSoTimeout(SILENCE_MILLIS);
    try {
      String _ = client.some();
      return false;
    } catch (SocketTimeoutException e) {
      return true;
    } finally {
      client.socket().setSoTimeout(millis);
    }
  }

  private static void closeAll(List<RawClient> clients) throws Exception {
    for (RawClient client : clients) {
      client.close();
    }
  }

  private static String chat(String model, int tokens, String content) {
    return Chat.of(model, tokens, content).json();
  }

  private static long waited(Answer answer) {
    return number(answer, "total_duration")
        - number(answer, "load_duration")
        - number(answer, "prompt_eval_duration")
        - number(answer, "eval_duration");
  }

  private static long number(Answer answer, String name) {
    String text = answer.text();
    int at = text.indexOf("\"" + name + "\":") + name.length() + 3;
    int end = at;
    while (Character.isDigit(text.charAt(end))) {
      end++;
    }
    return Long.parseLong(text.substring(at, end));
  }
}
