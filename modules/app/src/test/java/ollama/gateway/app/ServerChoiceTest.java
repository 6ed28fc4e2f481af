package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Chat;
import ollama.gateway.app.testing.Chats;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which of two servers gets a request, where nothing is set. */
@Timeout(180)
class ServerChoiceTest {

  private static final int MANY = 20;

  @Test
  void aModelThatOnlyOneServerHasIsAskedOfThatOne() throws Exception {
    try (OllamaLike one = OllamaLike.of("a").loadMillis(1).start();
        OllamaLike two = OllamaLike.of("b").loadMillis(1).start();
        TestGateway gateway = TestGateway.before(one, two).start()) {
      for (int i = 0; i < MANY; i++) {
        assertEquals(200, gateway.ask(Chat.of("a", 1, "hi").request()).status());
      }
      assertEquals(MANY, one.served());
      assertEquals(0, two.came());
    }
  }

  @Test
  void aModelThatIsLoadedOnOneServerIsNotLoadedOnTheOther() throws Exception {
    try (OllamaLike one = OllamaLike.of("a").loadMillis(1).start();
        OllamaLike two = OllamaLike.of("a").loadMillis(1).start()) {
      Answer _ = two.post("/api/generate", "{\"model\":\"a\"}");
      try (TestGateway gateway = seeing(one, two)) {
        for (int i = 0; i < MANY; i++) {
          assertEquals(200, gateway.ask(Chat.of("a", 1, "hi").request()).status());
        }
        assertEquals(0, one.came());
        assertEquals(1, two.loads());
      }
    }
  }

  @Test
  void theFirstRequestLoadsTheModelAndTheOthersGoWhereItIs() throws Exception {
    try (OllamaLike one = OllamaLike.of("a").loadMillis(100).start();
        OllamaLike two = OllamaLike.of("a").loadMillis(100).start();
        TestGateway gateway = TestGateway.before(one, two).start()) {
      for (int i = 0; i < MANY; i++) {
        assertEquals(200, gateway.ask(Chat.of("a", 1, "hi").request()).status());
      }
      assertEquals(1, one.loads() + two.loads());
    }
  }

  @Test
  void twoModelsOfWhichAServerHoldsOneEachStayWhereTheyAreLoaded() throws Exception {
    try (OllamaLike one = OllamaLike.of("a", "b").maxLoaded(1).loadMillis(200).start();
        OllamaLike two = OllamaLike.of("a", "b").maxLoaded(1).loadMillis(200).start()) {
      Answer _ = one.post("/api/generate", "{\"model\":\"a\"}");
      Answer _ = two.post("/api/generate", "{\"model\":\"b\"}");
      try (TestGateway gateway = seeing(one, two)) {
        Random random = new Random(14);
        for (int i = 0; i < MANY; i++) {
          String model = random.nextBoolean() ? "a" : "b";
          assertEquals(200, gateway.ask(Chat.of(model, 1, "hi").request()).status());
        }
        assertEquals(2, one.loads() + two.loads());
        assertEquals(List.of("a:latest"), one.loaded());
        assertEquals(List.of("b:latest"), two.loaded());
      }
    }
  }

  @Test
  void longAndShortAnswersInTurnAreSharedByBoth() throws Exception {
    try (OllamaLike one = OllamaLike.of("a").start();
        OllamaLike two = OllamaLike.of("a").start()) {
      Answer _ = one.post("/api/generate", "{\"model\":\"a\"}");
      Answer _ = two.post("/api/generate", "{\"model\":\"a\"}");
      try (TestGateway gateway = seeing(one, two);
          Chats chats = new Chats(gateway)) {
        for (int i = 0; i < MANY; i++) {
          chats.send(i % 2 == 0 ? Chat.of("a", 150, "long") : Chat.of("a", 15, "short"));
        }
        assertEquals(Collections.nCopies(MANY, 200), chats.statuses());
        assertTrue(count(one, "long") >= 3, () -> one + " " + one.begun() + " " + two);
        assertTrue(count(two, "long") >= 3, () -> two + " " + two.begun() + " " + one);
      }
    }
  }

  @Test
  void theTurnsOfAConversationStayWhereItsStartHasBeenRead() throws Exception {
    try (OllamaLike one = OllamaLike.of("a").named("one").promptTokensPerSecond(5_000).start();
        OllamaLike two = OllamaLike.of("a").named("two").promptTokensPerSecond(5_000).start()) {
      Answer _ = one.post("/api/generate", "{\"model\":\"a\"}");
      Answer _ = two.post("/api/generate", "{\"model\":\"a\"}");
      try (TestGateway gateway = seeing(one, two)) {
        List<Chat> talks = new ArrayList<>();
        List<String> places = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          Chat talk = Chat.of("a", 1, ("talk " + i + " ").repeat(500));
          Answer answer = gateway.ask(talk.request());
          places.add(Chat.content(answer));
          talks.add(talk.then(answer, "and?"));
        }
        for (int turn = 0; turn < 4; turn++) {
          for (int i = 0; i < talks.size(); i++) {
            Answer answer = gateway.ask(talks.get(i).request());
            assertEquals(places.get(i), Chat.content(answer), "turn " + turn + " of talk " + i);
            talks.set(i, talks.get(i).then(answer, "and?"));
          }
        }
        assertTrue(places.contains(" one") && places.contains(" two"), places::toString);
      }
    }
  }

  /** A gateway that knows what is loaded where. */
  private static TestGateway seeing(OllamaLike... servers) throws Exception {
    TestGateway gateway =
        TestGateway.before(servers).set("loadBalancer", "{\"modelsIntervalInSeconds\": 1}").start();
    for (OllamaLike server : servers) {
      server.awaitLists();
    }
    return gateway;
  }

  private static long count(OllamaLike server, String message) {
    return server.begun().stream().filter(begun -> begun.endsWith(message)).count();
  }
}
