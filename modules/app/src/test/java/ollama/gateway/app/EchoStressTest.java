package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;

/** Many requests at once, each with bytes of its own: nobody may get those of another. */
class EchoStressTest {

  private static final int CLIENTS = 32;
  private static final int REQUESTS = 30;
  private static final int BODY_BYTES_MAX = 40_000;

  @Test
  void everyClientGetsItsOwnBytesBack() throws Exception {
    try (FakeUpstream one = FakeUpstream.start(EchoStressTest::echo);
        FakeUpstream two = FakeUpstream.start(EchoStressTest::echo);
        TestGateway gateway = TestGateway.start(one, two)) {
      List<FutureTask<Integer>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int seed = i;
        FutureTask<Integer> task = new FutureTask<>(() -> ask(gateway, new Random(seed)));
        clients.add(task);
        Thread.ofPlatform().name("client-" + i).start(task);
      }
      for (FutureTask<Integer> client : clients) {
        assertEquals(REQUESTS, client.get());
      }
      assertEquals(CLIENTS * REQUESTS, one.seen().size() + two.seen().size());
    }
  }

  private static int ask(TestGateway gateway, Random random) throws IOException {
    int done = 0;
    try (RawClient client = gateway.connect()) {
      for (; done < REQUESTS; done++) {
        byte[] bytes = new byte[random.nextInt(BODY_BYTES_MAX)];
        random.nextBytes(bytes);
        String body = Bytes.text(bytes);
        boolean chunked = random.nextBoolean();
        String[] paths = {"/api/chat", "/api/pull", "/v1/responses"};
        String path = paths[random.nextInt(paths.length)];
        client.send("POST " + path + " HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH);
        if (chunked) {
          client.send("Transfer-Encoding: chunked\r\n\r\n" + chunks(body, random));
        } else {
          client.send("Content-Length: " + bytes.length + "\r\n\r\n" + body);
        }
        Answer answer = client.answer();
        assertEquals(200, answer.status());
        assertEquals(End.COMPLETE, answer.end());
        assertTrue(body.equals(answer.body()), "somebody else's bytes");
      }
    }
    return done;
  }

  /** Answers with the body in another framing, in pieces of its own. */
  private static void echo(Call call) throws IOException {
    String body = call.readBody();
    Random random = new Random(body.length());
    if (random.nextBoolean()) {
      call.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n");
      int half = random.nextInt(body.length() + 1);
      call.send(body.substring(0, half)).send(body.substring(half));
    } else {
      call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      call.send(chunks(body, random));
    }
  }

  private static String chunks(String body, Random random) {
    StringBuilder chunks = new StringBuilder();
    for (int at = 0; at < body.length(); ) {
      int next = Math.min(body.length(), at + 1 + random.nextInt(5_000));
      chunks.append(Bytes.chunk(body.substring(at, next)));
      at = next;
    }
    return chunks.append(Bytes.LAST_CHUNK).toString();
  }
}
