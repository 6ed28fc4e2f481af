package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FakeUpstream.Script;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What happens to many requests at once when one of two servers dies. */
class FailoverTest {

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two");

  @Test
  void ofTheRequestsWithADyingServerOnlyThoseWhoseAnswerHadBegunAreLost() throws Exception {
    int each = 20;
    CountDownLatch go = new CountDownLatch(1);
    one.script(call -> begunOrSilent(call, "one", go));
    two.script(call -> begunOrSilent(call, "two", go));
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      List<RawClient> onOne = new ArrayList<>();
      List<RawClient> onTwo = new ArrayList<>();
      for (RawClient client : ask(gateway, "/api/chat", 2 * each)) {
        assertEquals(200, client.head().status());
        (client.chunk().equals("one\n") ? onOne : onTwo).add(client);
      }
      assertEquals(each, onOne.size());
      List<RawClient> silent = ask(gateway, "/api/generate", 2 * each);
      one.awaitSeen(2 * each);
      two.awaitSeen(2 * each);
      one.kill();
      two.awaitSeen(3 * each);
      go.countDown();
      for (RawClient client : silent) {
        Answer answer = client.answer();
        assertEquals("{\"by\":\"two\"}", answer.text());
        assertEquals(End.COMPLETE, answer.end());
      }
      for (RawClient client : onTwo) {
        assertEquals("", client.chunk());
      }
      for (RawClient client : onOne) {
        // Neither a last chunk nor anything else.
        assertNotEquals(End.COMPLETE, client.end());
      }
      assertEquals(each, gateway.retries("no_response"));
      closeAll(onOne, onTwo, silent);
    }
  }

  @Test
  void underLoadNoRequestIsRefusedWhenAServerDies() throws Exception {
    Script stream =
        call -> {
          String _ = call.readBody();
          call.send(Bytes.STREAM_HEAD);
          for (int i = 0; i < 5; i++) {
            call.send(Bytes.chunk("{\"token\":" + i + "}\n"));
          }
          call.send(Bytes.LAST_CHUNK);
        };
    both(stream);
    int workers = 8;
    AtomicBoolean running = new AtomicBoolean(true);
    BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        while (running.get()) {
                          answers.add(gateway.post("/api/chat", "{}"));
                        }
                      } catch (IOException | RuntimeException | Error e) {
                        failures.add(e);
                      }
                    }));
      }
      one.awaitSeen(100);
      one.kill();
      two.awaitSeen(two.seen().size() + 200);
      running.set(false);
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), List.copyOf(failures));
      long cut = answers.stream().filter(a -> a.end() != End.COMPLETE).count();
      for (Answer answer : answers) {
        assertEquals(200, answer.status(), answer::toString);
      }
      assertTrue(cut <= workers, cut + " were cut");
      System.out.printf(
          Locale.ROOT,
          "server killed under load: %d answers, %d cut, %.0f retried%n",
          answers.size(),
          cut,
          gateway.retries("no_response") + gateway.retries("connect"));
    }
  }

  private static void begunOrSilent(Call call, String name, CountDownLatch go) throws IOException {
    String _ = call.readBody();
    if (call.target().equals("/api/chat")) {
      call.send(Bytes.STREAM_HEAD + Bytes.chunk(name + "\n"));
      call.await(go);
      call.send(Bytes.LAST_CHUNK);
    } else {
      call.await(go);
      call.respond(200, "{\"by\":\"" + name + "\"}");
    }
  }

  private static List<RawClient> ask(TestGateway gateway, String path, int count)
      throws IOException {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clients.add(gateway.connect().send(TestGateway.postOf(path, "{}")));
    }
    return clients;
  }

  @SafeVarargs
  private static void closeAll(List<RawClient>... lists) throws IOException {
    for (List<RawClient> list : lists) {
      for (RawClient client : list) {
        client.close();
      }
    }
  }

  private void both(Script script) {
    one.script(script);
    two.script(script);
  }
}
