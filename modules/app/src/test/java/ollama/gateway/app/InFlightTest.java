package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Chat;
import ollama.gateway.app.testing.Chats;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What administrators are told of requests that aren't over. */
@Timeout(120)
class InFlightTest {

  private static final String NONE = "\"longestInFlight\":[],\"moreInFlight\":0";
  private static final String PIECE = "{\"model\":\"tiny\",\"done\":false}\n";

  private final CountDownLatch go = new CountDownLatch(1);

  /** What the gateway says of itself, once it says what is awaited. */
  private static String status(TestGateway gateway, Predicate<String> isSaid) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      String told = gateway.get("/gateway/status").text();
      if (isSaid.test(told)) {
        return told;
      }
      assertTrue(System.nanoTime() - deadline < 0, told);
    }
  }

  private static int count(String told) {
    return told.split("\"startedAt\":", -1).length - 1;
  }

  @Test
  void aStreamIsToldUntilItIsOver() throws Exception {
    try (FakeUpstream server =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.send(
                      "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
                          + "Content-Length: "
                          + 3 * PIECE.length()
                          + "\r\n\r\n"
                          + PIECE
                          + PIECE);
                  call.await(go);
                  call.send(PIECE);
                });
        TestGateway gateway = TestGateway.start(server);
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/chat", "{\"model\":\"tiny\",\"messages\":[]}"));

      String told = status(gateway, json -> json.contains("\"pieces\":2"));

      for (String part :
          new String[] {
            "\"route\":\"/api/chat\",\"model\":\"tiny:latest\",\"key\":\"admin\"",
            "\"client\":\"127.0.0.1\",\"server\":\"127.0.0.1:" + server.port() + "\"",
            "\"waits\":false",
            "\"streamed\":true",
            "\"ageMillis\":",
            "\"moreInFlight\":0",
          }) {
        assertTrue(told.contains(part), part + " isn't in " + told);
      }
      assertEquals(1, count(told), told);
      go.countDown();
      Answer answer = client.answer();
      assertEquals(200, answer.status());
      String _ = status(gateway, json -> json.contains(NONE));
    }
  }

  @Test
  void whoWaitsInTheLineHasNoServer() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").slots(1).start();
        TestGateway gateway =
            TestGateway.before(server)
                .set("ollamaAddresses", "[{\"url\": \"" + server.url() + "\", \"parallel\": 1}]")
                .start();
        Chats chats = new Chats(gateway)) {
      server.hold();
      chats.send(Chat.of("a", 1, "runs"));
      server.awaitRunning("a", 1);
      chats.send(Chat.of("a", 1, "waits"));

      String told = status(gateway, json -> json.contains("\"server\":\"\",\"waits\":true"));

      assertTrue(told.indexOf("\"waits\":false") < told.indexOf("\"waits\":true"), told);
      server.release();
      assertEquals(List.of(200, 200), chats.statuses());
      String _ = status(gateway, json -> json.contains(NONE));
    }
  }

  @Test
  void thoseThatRunForLongestAreToldAndHowManyMoreThereAre() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try (FakeUpstream server =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.await(go);
                  call.respond(200, "{}");
                });
        TestGateway gateway = TestGateway.start(server)) {
      for (int i = 1; i <= 53; i++) {
        RawClient client = gateway.connect();
        clients.add(client);
        client.send(TestGateway.postOf("/api/embed", "{\"model\":\"m" + i + "\",\"input\":\"x\"}"));
        // Each begins behind the one before.
        server.awaitSeen(i);
      }

      String told = status(gateway, json -> json.contains("\"moreInFlight\":3"));

      assertEquals(50, count(told), told);
      int at = -1;
      for (int i = 1; i <= 50; i++) {
        int next = told.indexOf("\"model\":\"m" + i + ":latest\"");
        assertTrue(next > at, "m" + i + " isn't behind the one before: " + told);
        at = next;
      }
      go.countDown();
      for (RawClient client : clients) {
        assertEquals(200, client.answer().status());
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void whatTheGatewayAnswersOrRefusesItselfIsNotToldThere() throws Exception {
    try (FakeUpstream server = FakeUpstream.simple();
        TestGateway gateway = TestGateway.start(server);
        RawClient slow = gateway.connect();
        RawClient wrong = gateway.connect()) {
      // Heads without their bodies, which are read before there is an answer.
      String body = "Content-Length: 100\r\n\r\n";
      slow.send("POST /gateway/keys HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + body);
      wrong.send("POST /api/chat HTTP/1.1\r\nHost: g\r\n" + body);

      assertTrue(gateway.get("/gateway/status").text().contains(NONE));
    }
  }
}
