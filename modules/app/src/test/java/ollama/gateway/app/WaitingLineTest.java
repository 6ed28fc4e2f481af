package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Chat;
import ollama.gateway.app.testing.Chats;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no server can start now wait in the gateway. */
@Timeout(180)
class WaitingLineTest {

  private static final String IN_FLIGHT = "gateway_requests_in_flight";
  private static final String REFUSED =
      "gateway_requests_total{endpoint=\"/api/chat\",method=\"POST\",status=\"503\"}";

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void onceTheSlotsAreKnownTheOthersWaitInTheGateway(int slots) throws Exception {
    try (OllamaLike server = server(slots);
        TestGateway gateway = gateway(server, 512);
        Chats chats = new Chats(gateway)) {
      learn(gateway, slots, 4 * slots);
      server.forgetPeaks();
      server.hold();
      int count = slots + 5;
      sendAll(gateway, chats, count);
      server.awaitRunning("a", slots);
      assertTrue(server.held() <= slots + 1, server::toString);
      server.release();
      assertEquals(Collections.nCopies(count, 200), chats.statuses());
      assertEquals(slots, server.mostRunning("a"));
      assertTrue(server.mostHeld("a") <= slots + 1, server::toString);
    }
  }

  @Test
  void whoLeavesTheLineGivesUpItsPlace() throws Exception {
    try (OllamaLike server = server(1);
        TestGateway gateway = gateway(server, 2);
        Chats chats = new Chats(gateway)) {
      learn(gateway, 1, 3);
      server.hold();
      chats.send(Chat.of("a", 1, "runs"));
      server.awaitRunning("a", 1);
      try (Chats leaving = new Chats(gateway)) {
        leaving.send(Chat.of("a", 1, "leaves"));
        leaving.send(Chat.of("a", 1, "leaves"));
        awaitInFlight(gateway, 3);
      }
      awaitInFlight(gateway, 1);
      chats.send(Chat.of("a", 1, "stays"));
      chats.send(Chat.of("a", 1, "stays"));
      awaitInFlight(gateway, 3);
      server.release();
      assertEquals(List.of(200, 200, 200), chats.statuses());
      assertFalse(server.begun().contains("user: leaves"), () -> server.begun().toString());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoWaitsGoesToAServerThatAReloadBrings(boolean firstStays) throws Exception {
    try (OllamaLike first = server(1);
        OllamaLike second = server(1);
        TestGateway gateway = gateway(first, 512);
        Chats chats = new Chats(gateway)) {
      gateway.set("ollamaAddresses", "[{\"url\": \"" + first.url() + "\", \"parallel\": 1}]");
      gateway.process().reload();
      first.hold();
      RawClient held = new RawClient(gateway.address()).send(Chat.of("a", 1, "runs").request());
      first.awaitRunning("a", 1);
      for (int i = 0; i < 5; i++) {
        chats.send(Chat.of("a", 1, "waits"));
      }
      awaitInFlight(gateway, 6);
      assertTrue(servers(gateway).contains("\"waiting\":5,"), () -> servers(gateway));
      assertEquals(
          5, gateway.metric("gateway_upstream_requests_waiting{server=\"" + first.url() + "\"}"));

      List<String> urls = firstStays ? List.of(first.url(), second.url()) : List.of(second.url());
      gateway.set("ollamaAddresses", TestGateway.list(urls.toArray(new String[0])));
      gateway.process().reload();

      assertEquals(Collections.nCopies(5, 200), chats.statuses());
      assertTrue(second.begun().contains("user: waits"), () -> second.begun().toString());
      first.release();
      assertEquals(200, held.answer().status());
      held.close();
    }
  }

  @Test
  void whoFindsTheLineFullIsToldWhenToComeAgain() throws Exception {
    try (OllamaLike server = server(1);
        TestGateway gateway = gateway(server, 3);
        Chats chats = new Chats(gateway)) {
      learn(gateway, 1, 4);
      server.hold();
      chats.send(Chat.of("a", 1, "runs"));
      server.awaitRunning("a", 1);
      for (int i = 0; i < 6; i++) {
        chats.send(Chat.of("a", 1, "waits"));
      }
      gateway.awaitMetric(3, REFUSED);
      server.release();
      List<Answer> refused = chats.answers().stream().filter(a -> a.status() != 200).toList();
      assertEquals(3, refused.size());
      for (Answer answer : refused) {
        assertEquals(503, answer.status());
        assertTrue(Integer.parseInt(answer.field("Retry-After")) >= 1, answer::toString);
        assertTrue(answer.text().startsWith("{\"error\":"), answer::toString);
      }
    }
  }

  @Test
  void aKeyWithManyRequestsDoesntLetAnotherWaitForAll() throws Exception {
    try (OllamaLike server = OllamaLike.of("a").saysTimes(50).start();
        TestGateway gateway =
            TestGateway.before(server)
                .set("ollamaAddresses", "[{\"url\": \"" + server.url() + "\", \"parallel\": 1}]")
                .set("metrics", "{\"enabled\": true}")
                .set(
                    "apiKeys",
                    "[%s, %s, %s]"
                        .formatted(
                            TestGateway.entry("admin", TestGateway.KEY, true),
                            TestGateway.entry("many", "many-key", false),
                            TestGateway.entry("one", "one-key", false)))
                .start();
        Chats chats = new Chats(gateway)) {
      learn(gateway, 1, 4);
      server.hold();
      for (int i = 0; i < 20; i++) {
        chats.send(Chat.of("a", 50, "many").request("many-key"));
      }
      awaitInFlight(gateway, 20);
      chats.send(Chat.of("a", 50, "one").request("one-key"));
      awaitInFlight(gateway, 21);
      server.release();
      assertEquals(Collections.nCopies(21, 200), chats.statuses());
      List<String> order = new ArrayList<>(server.begun());
      order.removeIf(message -> message.endsWith("learn"));
      assertTrue(order.indexOf("user: one") < 10, order::toString);
    }
  }

  private static OllamaLike server(int slots) {
    return OllamaLike.of("a").slots(slots).start();
  }

  private static TestGateway gateway(OllamaLike server, int maxWaiting) throws Exception {
    return TestGateway.before(server)
        .set("metrics", "{\"enabled\": true}")
        .set("queue", "{\"maxWaiting\": " + maxWaiting + "}")
        .start();
  }

  private static void sendAll(TestGateway gateway, Chats chats, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      RawClient _ = chats.send(Chat.of("a", 1, "hi"));
    }
    awaitInFlight(gateway, count);
  }

  /** Beside the one that asks for metrics. */
  private static void awaitInFlight(TestGateway gateway, int count) throws Exception {
    gateway.awaitMetric(count + 1, IN_FLIGHT);
  }

  /**
   * Lets the gateway see how many run at once, and that others wait. A machine that is busy makes a
   * request wait that needn't, which it takes for a slot less until it has tried again.
   */
  private static void learn(TestGateway gateway, int slots, int count) throws Exception {
    Answer _ = gateway.ask(Chat.of("a", 1, "learn").request());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    String known = "\"slots\":" + slots + ",";
    for (int round = 0; round < 2 || !servers(gateway).contains(known); round++) {
      assertTrue(System.nanoTime() - deadline < 0, () -> servers(gateway));
      try (Chats chats = new Chats(gateway)) {
        for (int i = 0; i < count; i++) {
          RawClient _ = chats.send(Chat.of("a", 120, "learn"));
        }
        assertEquals(Collections.nCopies(count, 200), chats.statuses());
      }
    }
  }

  private static String servers(TestGateway gateway) {
    try {
      return gateway.get("/gateway/servers").text();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
