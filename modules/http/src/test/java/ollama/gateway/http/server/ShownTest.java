package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.Test;

/** What exchanges show to each other. */
final class ShownTest {

  private final CountDownLatch begun = new CountDownLatch(2);
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** Shows its target until it may go on; where that is to look, answers with what others show. */
  private void handle(Exchange exchange) throws IOException {
    String target = exchange.request().target();
    if (!target.equals("/look")) {
      exchange.show(target);
      begun.countDown();
      Handlers.await(goOn);
      exchange.show(null);
    }
    List<String> shown = exchange.shownByAll().stream().map(Object::toString).sorted().toList();
    Handlers.text(exchange, 200, shown.toString());
  }

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\nHost: a\n\n";
  }

  @Test
  void eachSeesWhatAllOthersShowUntilTheyShowNothingMore() throws Exception {
    try (TestServer server = TestServer.start(this::handle)) {
      RawPeer one = server.client().send(get("/one"));
      RawPeer two = server.client().send(get("/two"));
      Tasks.await(begun);

      assertEquals("[/one, /two]", server.client().send(get("/look")).receive().body());
      goOn.countDown();
      assertEquals(200, one.receive().status());
      assertEquals(200, two.receive().status());
      assertEquals("[]", one.send(get("/look")).receive().body());
    }
  }
}
