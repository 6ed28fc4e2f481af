package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;

/**
 * Health checks run beside the event loops and share their connections' timers and buffers. A loop
 * that waited for a lock behind a thread that it carries itself would stand still for good.
 */
class HealthStormTest {

  private static final int RELOADS = 25;
  private static final int SERVERS = 50;
  private static final int CLIENTS = 4;

  /** So that threads are interrupted wherever they are, in the middle of a lock too. */
  private static final int SPINNERS = 4;

  @Test
  void checksOfManyServersDoNotHoldUpRequests() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway = TestGateway.start(upstream)) {
      AtomicBoolean storming = new AtomicBoolean(true);
      List<FutureTask<Integer>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        FutureTask<Integer> client = new FutureTask<>(() -> ask(gateway, storming));
        clients.add(client);
        Thread.ofPlatform().start(client);
      }
      for (int i = 0; i < SPINNERS; i++) {
        Thread.ofPlatform().daemon().start(() -> spin(storming));
      }
      for (int i = 0; i < RELOADS; i++) {
        // Servers that weren't there before, so that all of them are checked at once.
        String[] urls = new String[SERVERS];
        for (int s = 0; s < SERVERS; s++) {
          urls[s] = upstream.url() + "/" + i + "/" + s;
        }
        gateway.set("ollamaAddresses", TestGateway.list(urls)).process().reload();
        for (int s = 0; s < SERVERS; s++) {
          long _ = upstream.nextCheck();
        }
      }
      storming.set(false);
      int answered = 0;
      for (FutureTask<Integer> client : clients) {
        answered += client.get(60, TimeUnit.SECONDS);
      }
      assertEquals(answered, upstream.seen().size());
    }
  }

  private static void spin(AtomicBoolean storming) {
    while (storming.get()) {
      Thread.onSpinWait();
    }
  }

  /** Asks until the storm is over, each time on a new connection, and counts the answers. */
  private static int ask(TestGateway gateway, AtomicBoolean storming) throws Exception {
    int answered = 0;
    while (storming.get()) {
      try (RawClient client = gateway.connect()) {
        String request = TestGateway.postOf("/api/generate", "{}");
        assertEquals(200, client.send(request).answer().status());
        assertEquals(200, client.send(request).answer().status());
        answered += 2;
      }
    }
    return answered;
  }
}
