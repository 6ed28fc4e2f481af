package ollama.gateway.app.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that come with one request on a connection of its own each, a few at a time. */
public final class ShortConnections {

  private static final int AT_A_TIME = 4;
  private static final String REQUEST = TestGateway.postOf("/api/generate", "{}");

  private final InetSocketAddress gateway;
  private final AtomicInteger left;
  private final Queue<String> unanswered = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();

  /** Begins to make so many. */
  public ShortConnections(InetSocketAddress gateway, int count) {
    this.gateway = gateway;
    this.left = new AtomicInteger(count);
    for (int i = 0; i < AT_A_TIME; i++) {
      threads.add(Thread.ofPlatform().name("short-connections-" + i).daemon().start(this::make));
    }
  }

  /** Waits for the end of all; gives what came instead of an answer, for those that had none. */
  public List<String> unanswered() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
    return List.copyOf(unanswered);
  }

  private void make() {
    while (left.getAndDecrement() > 0) {
      try (RawClient client = new RawClient(gateway)) {
        Answer answer = client.send(REQUEST).answer();
        if (answer.status() != 200 || !answer.text().equals("{}")) {
          unanswered.add(answer.toString());
        }
      } catch (IOException e) {
        unanswered.add(e.toString());
      }
    }
  }
}
