package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Fault;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A request that ends the servers that get it: two, and no more. */
class QueryOfDeathTest {

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two");

  @Test
  void aRequestThatEndsServersEndsTwoAndSentAgainNoMoreThanOne() throws Exception {
    try (FakeUpstream three = FakeUpstream.start(Fault.RESETS_BEFORE_THE_HEAD::play);
        TestGateway gateway = TestGateway.startChecked(one, two, three)) {
      one.script(Fault.RESETS_BEFORE_THE_HEAD::play);
      two.script(Fault.RESETS_BEFORE_THE_HEAD::play);
      List<FakeUpstream> all = List.of(one, two, three);
      String rejected = "gateway_http_rejected_total{reason=\"query_of_death\"}";
      assertEquals(502, gateway.post("/api/chat", "{\"deadly\":1}").status());
      assertEquals(2, seen(all));
      assertEquals(1, gateway.metric(rejected));
      for (int i = 1; i <= 3; i++) {
        assertEquals(502, gateway.post("/api/chat", "{\"deadly\":1}").status());
        assertEquals(2 + i, seen(all));
        assertEquals(1 + i, gateway.metric(rejected));
      }
      // Another body, or the same on another route, is another request.
      assertEquals(502, gateway.post("/api/chat", "{\"deadly\":2}").status());
      assertEquals(7, seen(all));
      assertEquals(502, gateway.post("/api/generate", "{\"deadly\":1}").status());
      assertEquals(9, seen(all));
    }
  }

  @Test
  void aServerThatDiesWithARequestOfAKeptConnectionHasDiedToo() throws Exception {
    try (FakeUpstream three = FakeUpstream.simple();
        TestGateway gateway = TestGateway.startChecked(one, two, three);
        RawClient client = gateway.connect()) {
      List<FakeUpstream> all = List.of(one, two, three);
      for (FakeUpstream _ : all) {
        assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
      }
      for (FakeUpstream server : all) {
        server.script(
            call -> {
              String _ = call.readBody();
              server.kill();
            });
      }
      client.send(TestGateway.postOf("/api/chat", "{\"deadly\":1}"));
      assertEquals(502, client.answer().status());
      assertEquals(3 + 2, seen(all));
    }
  }

  private static int seen(List<FakeUpstream> servers) {
    return servers.stream().mapToInt(server -> server.seen().size()).sum();
  }
}
