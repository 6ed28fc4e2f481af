package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who goes first where requests wait for a server. */
@Timeout(120)
class PrioritiesTest {

  private static final String WAITING = "gateway_queue_waiting";

  private final CountDownLatch go = new CountDownLatch(1);

  @AutoClose
  private final FakeUpstream server =
      FakeUpstream.start(
              call -> {
                String _ = call.readBody();
                call.await(go);
                call.respond(200, "{}");
              })
          .has("m:latest");

  @ParameterizedTest
  @CsvSource({
    "night, ''",
    "night, interactive",
    "night, urgent",
    "person, Batch",
    "plain, batch",
  })
  void aBatchRequestWaitsBehindALaterNormalOne(String key, String asked) throws Exception {
    assertEquals(List.of("first", "later", "earlier"), order(key, asked, "plain"));
    for (var call : server.seen()) {
      assertEquals("", call.head().field("X-Gateway-Priority"));
    }
  }

  @ParameterizedTest
  @CsvSource({"plain, person", "night, person"})
  void anInteractiveRequestGoesBeforeAllOthers(String earlier, String later) throws Exception {
    assertEquals(List.of("first", "later", "earlier"), order(earlier, "", later));
  }

  @ParameterizedTest
  @CsvSource({"plain, ''", "person, normal", "plain, interactive"})
  void inOneClassWhoCameFirstGoesFirst(String key, String asked) throws Exception {
    assertEquals(List.of("first", "earlier", "later"), order(key, asked, "plain"));
  }

  @Test
  void whoFindsTheLineFullIsCounted() throws Exception {
    try (TestGateway gateway = plan().set("queue", "{\"maxWaiting\": 1}").startChecked(server);
        RawClient first = gateway.connect();
        RawClient second = gateway.connect()) {
      RawClient _ = first.send(request("plain", "", "first"));
      server.awaitSeen(1);
      RawClient _ = second.send(request("plain", "", "second"));
      gateway.awaitMetric(1, WAITING);

      Answer refused = gateway.ask(request("person", "", "third"));

      assertEquals(503, refused.status());
      assertNotEquals("", refused.field("Retry-After"));
      gateway.awaitMetric(1, "gateway_http_rejected_total{reason=\"queue\"}");
      go.countDown();
      assertEquals(200, first.answer().status());
      assertEquals(200, second.answer().status());
    }
  }

  /** In which order the server saw the first one, one behind that, and one that came later. */
  private List<String> order(String earlier, String asked, String later) throws Exception {
    try (TestGateway gateway = plan().startChecked(server);
        RawClient first = gateway.connect();
        RawClient second = gateway.connect();
        RawClient third = gateway.connect()) {
      RawClient _ = first.send(request("plain", "", "first"));
      server.awaitSeen(1);
      RawClient _ = second.send(request(earlier, asked, "earlier"));
      gateway.awaitMetric(1, WAITING);
      RawClient _ = third.send(request(later, "", "later"));
      gateway.awaitMetric(2, WAITING);
      go.countDown();
      assertEquals(200, first.answer().status());
      assertEquals(200, second.answer().status());
      assertEquals(200, third.answer().status());
      gateway.awaitMetric(0, WAITING);
      gateway.awaitMetric(2, "gateway_queue_wait_seconds_count");
      return server.seen().stream().map(call -> prompt(call.body())).toList();
    }
  }

  private TestGateway.Plan plan() {
    String night = TestGateway.entry("night", "night", false);
    String person = TestGateway.entry("person", "person", false);
    return TestGateway.before(server)
        .set("ollamaAddresses", "[{\"url\": \"" + server.url() + "\", \"parallel\": 1}]")
        .set("loadBalancer", "{\"policy\": \"soonest\"}")
        .set("metrics", "{\"enabled\": true}")
        .set(
            "apiKeys",
            "[\"plain\", \""
                + TestGateway.KEY
                + "\", "
                + night.replace("}", ", \"priority\": \"batch\"}")
                + ", "
                + person.replace("}", ", \"priority\": \"interactive\"}")
                + "]");
  }

  private static String request(String key, String asked, String prompt) {
    String body = "{\"model\":\"m\",\"stream\":false,\"prompt\":\"" + prompt + "\"}";
    String field = asked.isEmpty() ? "" : "X-Gateway-Priority: " + asked + "\r\n";
    return "POST /api/generate HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer "
        + key
        + "\r\n"
        + field
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String prompt(String body) {
    return body.substring(body.lastIndexOf(':') + 2, body.length() - 2);
  }
}
