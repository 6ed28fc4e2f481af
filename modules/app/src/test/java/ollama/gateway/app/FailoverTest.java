package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FakeUpstream.Script;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to requests when one of two servers dies, and afterwards. */
class FailoverTest {

  private static final String STREAM_HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String EARLY_HINTS =
      """
      HTTP/1.1 103 Early Hints
      Content-Length: 5
      X-Request-Id: theirs
      Link: </x>

      """
          .replace("\n", "\r\n");
  private static final Script RESET_WITHOUT_ANSWER =
      call -> {
        String _ = call.readBody();
        call.reset();
      };

  @AutoClose
  private final FakeUpstream one =
      FakeUpstream.start(call -> call.respond(200, "{\"by\":\"one\"}"));

  @AutoClose
  private final FakeUpstream two =
      FakeUpstream.start(call -> call.respond(200, "{\"by\":\"two\"}"));

  @Test
  void ofTheRequestsWithADyingServerOnlyThoseWhoseAnswerHadBegunAreLost() throws Exception {
    int each = 20;
    CountDownLatch go = new CountDownLatch(1);
    one.script(call -> begunOrSilent(call, "one", go));
    two.script(call -> begunOrSilent(call, "two", go));
    try (TestGateway gateway = gateway()) {
      List<RawClient> onOne = new ArrayList<>();
      List<RawClient> onTwo = new ArrayList<>();
      for (RawClient client : ask(gateway, "/api/chat", 2 * each)) {
        assertEquals(200, client.head().status());
        (client.chunk().equals("one\n") ? onOne : onTwo).add(client);
      }
      assertEquals(each, onOne.size());
      List<RawClient> silent = ask(gateway, "/api/generate", 2 * each);
      awaitSeen(one, 2 * each);
      awaitSeen(two, 2 * each);
      one.kill();
      awaitSeen(two, 3 * each);
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
      assertEquals(each, retries(gateway, "no_response"));
      closeAll(onOne, onTwo, silent);
    }
  }

  @Test
  void underLoadNoRequestIsRefusedWhenAServerDies() throws Exception {
    Script stream =
        call -> {
          String _ = call.readBody();
          call.send(STREAM_HEAD);
          for (int i = 0; i < 5; i++) {
            call.send(Bytes.chunk("{\"token\":" + i + "}\n"));
          }
          call.send(Bytes.LAST_CHUNK);
        };
    one.script(stream);
    two.script(stream);
    int workers = 8;
    AtomicBoolean running = new AtomicBoolean(true);
    BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    try (TestGateway gateway = gateway()) {
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
      awaitSeen(one, 100);
      one.kill();
      awaitSeen(two, two.seen().size() + 200);
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
          retries(gateway, "no_response") + retries(gateway, "connect"));
    }
  }

  @Test
  void aRefusedConnectionMarksTheServerDownAtOnce() throws Exception {
    try (TestGateway gateway = gateway()) {
      one.close();
      for (int i = 0; i < 2; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
      }
      assertEquals(1, retries(gateway, "connect"));
      assertEquals(0, up(gateway, one));
      for (int i = 0; i < 10; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
      }
      assertEquals(1, retries(gateway, "connect"));
      assertEquals(1, up(gateway, two));
    }
  }

  @Test
  void aServerThatIsDownIsCheckedEverySecondUntilItIsBack() throws Exception {
    int port = one.port();
    try (TestGateway gateway = gateway()) {
      one.close();
      for (int i = 0; i < 2; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
      }
      try (FakeUpstream back =
          FakeUpstream.restart(port, call -> call.respond(200, "{\"by\":\"one\"}"))) {
        back.health(503);
        long first = back.nextCheck();
        long second = back.nextCheck();
        double seconds = (second - first) / 1e9;
        // Seen by the server, which may be late for either; one that is up waits for 30 s.
        assertTrue(seconds > 0.5 && seconds < 15, seconds + " s between two checks");
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
        back.health(200);
        long _ = back.nextCheck();
        awaitHealth(gateway, back, 1);
        int before = back.seen().size();
        for (int i = 0; i < 4; i++) {
          assertEquals(200, gateway.post("/api/generate", "{}").status());
        }
        assertEquals(before + 2, back.seen().size());
      }
    }
  }

  @Test
  void aServerWhoseCheckFailsIsDownUntilOneSucceeds() throws Exception {
    int[] unhealthy = {500, 404, 301, 0};
    FakeUpstream[] all = new FakeUpstream[unhealthy.length + 1];
    all[unhealthy.length] = two;
    for (int i = 0; i < unhealthy.length; i++) {
      all[i] = FakeUpstream.simple();
      all[i].health(unhealthy[i]);
    }
    try (TestGateway gateway =
        TestGateway.before(all).set("metrics", "{\"enabled\": true}").start()) {
      for (int i = 0; i < unhealthy.length; i++) {
        awaitHealth(gateway, all[i], 0);
      }
      for (int i = 0; i < 10; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.post("/api/generate", "{}").text());
      }
      for (int i = 0; i < unhealthy.length; i++) {
        all[i].health(204);
      }
      for (int i = 0; i < unhealthy.length; i++) {
        awaitHealth(gateway, all[i], 1);
      }
      for (int i = 0; i < all.length; i++) {
        assertEquals(200, gateway.post("/api/generate", "{}").status());
      }
      for (int i = 0; i < unhealthy.length; i++) {
        assertEquals(1, all[i].seen().size());
        all[i].close();
      }
    }
  }

  @Test
  void whenNoServerCanBeReachedTheAnswerSaysSoAndNamesNone() throws Exception {
    try (TestGateway gateway = gateway()) {
      one.close();
      two.close();
      Answer both = gateway.post("/api/generate", "{}");
      assertEquals(503, both.status());
      assertEquals("1", both.field("Retry-After"));
      assertEquals(
          "{\"error\":\"No Ollama server is available: 2 tried, the last could not be reached"
              + " (request "
              + both.field("X-Request-Id")
              + ")\"}",
          both.text());
      // Both are known to be down now: one of them is tried, in its turn.
      Answer known = gateway.post("/v1/chat/completions", "{}");
      assertEquals(503, known.status());
      assertEquals("1", known.field("Retry-After"));
      assertEquals(
          "{\"error\":{\"message\":\"No Ollama server is available: 1 tried, the last could not be"
              + " reached (request "
              + known.field("X-Request-Id")
              + ")\",\"type\":\"api_error\",\"param\":null,\"code\":null}}",
          known.text());
    }
  }

  @Test
  void onlyAttemptsThatAreMadeAreCountedAsRetries() throws Exception {
    one.script(RESET_WITHOUT_ANSWER);
    two.script(RESET_WITHOUT_ANSWER);
    try (TestGateway gateway = gateway()) {
      assertEquals(502, gateway.post("/api/generate", "{}").status());
      assertEquals(2, one.seen().size() + two.seen().size());
      assertEquals(1, retries(gateway, "no_response"));
      one.close();
      two.close();
      assertEquals(503, gateway.post("/api/generate", "{}").status());
      assertEquals(1, retries(gateway, "connect"));
      // Both are known to be down: one is tried, and no other.
      assertEquals(503, gateway.post("/api/generate", "{}").status());
      assertEquals(1, retries(gateway, "connect"));
    }
  }

  @Test
  void aServerThatIsDownButAnswersAgainIsUsedWithoutWaitingForItsCheck() throws Exception {
    int port = one.port();
    try (TestGateway gateway =
        TestGateway.before(one).set("metrics", "{\"enabled\": true}").start()) {
      long _ = one.nextCheck();
      one.close();
      assertEquals(503, gateway.post("/api/generate", "{}").status());
      try (FakeUpstream back =
          FakeUpstream.restart(port, call -> call.respond(200, "{\"by\":\"back\"}"))) {
        back.health(500);
        assertEquals("{\"by\":\"back\"}", gateway.post("/api/generate", "{}").text());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /api/generate",
    "POST, /api/chat",
    "POST, /api/embed",
    "POST, /api/embeddings",
    "POST, /v1/chat/completions",
    "POST, /v1/completions",
    "POST, /v1/embeddings",
    "POST, /v1/responses",
    "POST, /v1/messages",
    "POST, /v1/audio/transcriptions",
    "GET, /api/tags",
    "HEAD, /api/blobs/sha256:00",
    "GET, /v1/models",
    "GET, /what/ever",
  })
  void aRequestThatMayBeRepeatedIsTriedOnTheOtherServer(String method, String path)
      throws Exception {
    one.script(RESET_WITHOUT_ANSWER);
    two.script(RESET_WITHOUT_ANSWER);
    try (TestGateway gateway = gateway()) {
      assertEquals(502, gateway.ask(request(method, path, "{\"x\":1}")).status());
      assertEquals(1, one.seen().size());
      assertEquals(1, two.seen().size());
      String body = method.equals("POST") ? "{\"x\":1}" : "";
      assertEquals(body, one.seen().getFirst().body());
      assertEquals(body, two.seen().getFirst().body());
      assertEquals(1, up(gateway, one) * up(gateway, two));
    }
  }

  @Test
  void aRequestThatEndsServersEndsTwoAndSentAgainNoMoreThanOne() throws Exception {
    try (FakeUpstream three = FakeUpstream.start(RESET_WITHOUT_ANSWER);
        TestGateway gateway =
            TestGateway.before(one, two, three).set("metrics", "{\"enabled\": true}").start()) {
      one.script(RESET_WITHOUT_ANSWER);
      two.script(RESET_WITHOUT_ANSWER);
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
        TestGateway gateway =
            TestGateway.before(one, two, three).set("metrics", "{\"enabled\": true}").start();
        RawClient client = gateway.connect()) {
      List<FakeUpstream> all = List.of(one, two, three);
      for (FakeUpstream server : all) {
        long _ = server.nextCheck();
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

  @ParameterizedTest
  @CsvSource({
    "POST, /api/pull",
    "POST, /api/push",
    "POST, /api/create",
    "POST, /api/copy",
    "POST, /api/show",
    "DELETE, /api/delete",
    "POST, /api/blobs/sha256:00",
    "POST, /api/me",
    "PUT, /api/generate",
  })
  void anyOtherIsNotSentTwiceOnceItWasSent(String method, String path) throws Exception {
    one.script(RESET_WITHOUT_ANSWER);
    two.script(RESET_WITHOUT_ANSWER);
    try (TestGateway gateway = gateway()) {
      Answer answer = gateway.ask(request(method, path, "{}"));
      assertEquals(502, answer.status());
      assertEquals("", answer.field("Retry-After"));
      assertEquals(1, one.seen().size() + two.seen().size());
      assertEquals(
          "{\"error\":\"The Ollama server closed the connection before it answered (request "
              + answer.field("X-Request-Id")
              + ")\"}",
          answer.text());
    }
  }

  @ParameterizedTest
  @CsvSource({"POST, /api/pull", "DELETE, /api/delete", "POST, /api/blobs/sha256:00"})
  void anyRequestGoesToTheOtherServerWhenNoConnectionWasMade(String method, String path)
      throws Exception {
    try (TestGateway gateway = gateway()) {
      one.close();
      for (int i = 0; i < 2; i++) {
        Answer answer = gateway.ask(request(method, path, "{}"));
        assertEquals("{\"by\":\"two\"}", answer.text());
      }
      assertEquals(1, retries(gateway, "connect"));
      assertEquals(2, two.seen().size());
      assertEquals("{}", two.seen().getLast().body());
    }
  }

  @Test
  void aBodyThatIsTooLargeToBeKeptIsNotSentTwice() throws Exception {
    one.script(RESET_WITHOUT_ANSWER);
    two.script(RESET_WITHOUT_ANSWER);
    try (TestGateway gateway =
        TestGateway.before(one, two).set("limits", "{\"replayBytes\": 1000}").start()) {
      assertEquals(502, gateway.post("/api/chat", "x".repeat(1000)).status());
      assertEquals(2, one.seen().size() + two.seen().size());
      assertEquals(502, gateway.post("/api/chat", "x".repeat(1001)).status());
      assertEquals(3, one.seen().size() + two.seen().size());
    }
  }

  @Test
  void aChunkedBodyIsRepeatedByteForByte() throws Exception {
    one.script(RESET_WITHOUT_ANSWER);
    two.script(RESET_WITHOUT_ANSWER);
    StringBuilder body = new StringBuilder();
    StringBuilder chunks = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      String part = ("part " + i + ";").repeat(1 + i % 40);
      body.append(part);
      chunks.append(Bytes.chunk(part));
    }
    try (TestGateway gateway = gateway();
        RawClient client = gateway.connect()) {
      client.send("POST /api/chat HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH);
      client.send("Transfer-Encoding: chunked\r\n\r\n" + chunks + Bytes.LAST_CHUNK);
      assertEquals(502, client.answer().status());
      assertEquals(body.toString(), one.seen().getFirst().body());
      assertEquals(body.toString(), two.seen().getFirst().body());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 429, 499, 500, 501, 502, 503, 504})
  void anAnswerIsAnAnswerWhateverItsStatus(int status) throws Exception {
    Script refuse = call -> call.respond(status, "{\"error\":\"no\"}");
    one.script(refuse);
    two.script(refuse);
    try (TestGateway gateway = gateway()) {
      Answer answer = gateway.post("/api/chat", "{}");
      assertEquals(status, answer.status());
      assertEquals("{\"error\":\"no\"}", answer.text());
      assertEquals(1, one.seen().size() + two.seen().size());
      assertEquals(2, up(gateway, one) + up(gateway, two));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX y: 1\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      })
  void aMalformedAnswerIsABadGatewayAndIsNotTriedElsewhere(String bytes) throws Exception {
    Script malformed =
        call -> {
          String _ = call.readBody();
          call.send(bytes);
        };
    one.script(malformed);
    two.script(malformed);
    try (TestGateway gateway = gateway();
        RawClient client = gateway.connect()) {
      Answer answer = client.send(TestGateway.postOf("/api/chat", "{}")).answer();
      assertEquals(502, answer.status());
      assertTrue(answer.text().contains("sent a malformed answer (request "), answer.text());
      assertEquals(1, one.seen().size() + two.seen().size());
      // The client's connection is in order.
      one.script(call -> call.respond(200, "{}"));
      two.script(call -> call.respond(200, "{}"));
      assertEquals("{}", client.send(TestGateway.postOf("/api/chat", "{}")).answer().text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zz\r\n", "2\r\nabX", "-1\r\n", "5\r\nab"})
  void aStreamThatGetsMalformedIsCut(String bytes) throws Exception {
    Script malformed =
        call -> {
          String _ = call.readBody();
          call.send(STREAM_HEAD + Bytes.chunk("{}\n"));
          call.send(bytes);
          call.close();
        };
    one.script(malformed);
    two.script(malformed);
    try (TestGateway gateway = gateway()) {
      Answer answer = gateway.post("/api/chat", "{}");
      if (answer.status() != 502) {
        assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      }
      assertEquals(1, one.seen().size() + two.seen().size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\n"})
  void aServerThatDiesInItsHeadIsABadGateway(String bytes) throws Exception {
    Script dies =
        call -> {
          String _ = call.readBody();
          call.send(bytes);
          call.close();
        };
    one.script(dies);
    two.script(dies);
    try (TestGateway gateway = gateway()) {
      assertEquals(502, gateway.post("/api/chat", "{}").status());
      assertEquals(1, one.seen().size() + two.seen().size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        "HTTP/1.1 200 OK\r\n\r\n12345",
      })
  void anAnswerThatIsCutOffIsCutOffForTheClientToo(String begin) throws Exception {
    CountDownLatch clientHasIt = new CountDownLatch(1);
    one.script(
        call -> {
          String _ = call.readBody();
          call.send(begin);
          call.await(clientHasIt);
          call.reset();
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect();
        RawClient old = gateway.connect()) {
      client.send(TestGateway.postOf("/api/chat", "{}"));
      old.send(TestGateway.postOf("/api/chat", "{}").replace("HTTP/1.1", "HTTP/1.0"));
      Head head = client.head();
      Head oldHead = old.head();
      clientHasIt.countDown();
      Answer answer = client.body(head, false);
      assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      // Where the end of the connection is the end of the answer, only a reset tells.
      Answer oldAnswer = old.body(oldHead, false);
      boolean hasLength = begin.contains("Content-Length");
      assertTrue(
          oldAnswer.end() == End.RESET || (hasLength && oldAnswer.end() == End.CUT),
          oldAnswer.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aConnectionThatTheServerHadClosedIsReplacedWithoutBlame(boolean byReset) throws Exception {
    int stale = 0;
    try (TestGateway gateway =
            TestGateway.before(one).set("metrics", "{\"enabled\": true}").start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 20; i++) {
        one.script(call -> call.respond(200, "{}"));
        assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
        int idle = one.seen().getLast().connection();
        int before = one.seen().size();
        // As a server does whose patience ends in the moment in which a request comes.
        one.script(
            call -> {
              String _ = call.readBody();
              if (call.connection() == idle) {
                if (byReset) {
                  call.reset();
                } else {
                  call.close();
                }
              } else {
                call.respond(200, "{\"second\":1}");
              }
            });
        Answer answer = client.send(TestGateway.postOf("/api/chat", "{\"n\":1}")).answer();
        assertEquals("{\"second\":1}", answer.text());
        assertEquals("{\"n\":1}", one.seen().getLast().body());
        stale += one.seen().size() - before - 1;
      }
      // On the fallback a connection may be thought to have more to say, and isn't kept then.
      assertTrue(stale == 20 || (SchedulerTest.FALLBACK && stale > 0), stale + " were stale");
      assertEquals(0, retries(gateway, "no_response"));
      assertEquals(1, up(gateway, one));
    }
  }

  /** Bodies that are too large to be sent again, or may turn out to be. */
  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 5000", "Transfer-Encoding: chunked"})
  void aBodyThatCannotBeSentAgainGoesOnAConnectionThatIsNew(String framing) throws Exception {
    boolean chunked = framing.startsWith("T");
    String body = "x".repeat(5_000);
    try (TestGateway gateway =
            TestGateway.before(one).set("limits", "{\"replayBytes\": 1000}").start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 10; i++) {
        one.script(call -> call.respond(200, "{}"));
        assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
        closeIfUsedAgain(one.seen().getLast().connection());
        client.send(
            "POST /api/chat HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + framing + "\r\n\r\n");
        client.send(chunked ? Bytes.chunk(body) + Bytes.LAST_CHUNK : body);
        assertEquals("{\"bytes\":5000}", client.answer().text());
      }
    }
  }

  @Test
  void aSmallChunkedBodyThatIsAtHandGoesOnAnIdleConnection() throws Exception {
    String request =
        TestGateway.postOf("/api/chat", "{}")
            .replace("Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n");
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect()) {
      Set<Integer> connections = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        client.send(request + Bytes.chunk("{}") + Bytes.LAST_CHUNK);
        assertEquals(200, client.answer().status());
        connections.add(one.seen().getLast().connection());
      }
      assertTrue(connections.size() == 1 || (SchedulerTest.FALLBACK && connections.size() < 20));
      closeIfUsedAgain(one.seen().getLast().connection());
      client.send(request + Bytes.chunk("{}") + Bytes.LAST_CHUNK);
      assertEquals("{\"bytes\":2}", client.answer().text());
    }
  }

  /** As a server does whose patience ends in the moment in which a request comes. */
  private void closeIfUsedAgain(int connection) {
    one.script(
        call -> {
          if (call.connection() == connection) {
            call.close();
          } else {
            call.respond(200, "{\"bytes\":" + call.readBody().length() + "}");
          }
        });
  }

  @Test
  void aConnectionClosedByAnIdleServerIsNotUsedAgain() throws Exception {
    try (TestGateway gateway =
            TestGateway.before(one).set("metrics", "{\"enabled\": true}").start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 20; i++) {
        assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
        one.closeConnections();
      }
      assertEquals(20, one.seen().size());
      assertEquals(0, retries(gateway, "no_response"));
    }
  }

  @Test
  void idleConnectionsAreUsedAgainAndOnlyForWhatMayBeRepeated() throws Exception {
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect()) {
      Set<Integer> connections = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        String request =
            i % 2 == 0 ? TestGateway.postOf("/api/chat", "{}") : request("GET", "/api/tags", "");
        assertEquals(200, client.send(request).answer().status());
        connections.add(one.seen().getLast().connection());
      }
      assertTrue(connections.size() == 1 || (SchedulerTest.FALLBACK && connections.size() < 20));
      for (String path : List.of("/api/pull", "/api/create", "/api/blobs/sha256:00")) {
        String request = TestGateway.postOf(path, "{}");
        assertEquals(200, client.send(request).answer().status());
        assertTrue(connections.add(one.seen().getLast().connection()), path);
      }
    }
  }

  @Test
  void aConnectionOnWhichMoreCameThanTheAnswerIsNotUsedAgain() throws Exception {
    one.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n");
          call.send("Content-Length: 4\r\n\r\nevil");
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 20; i++) {
        assertEquals("{}", client.send(TestGateway.postOf("/api/chat", "{}")).answer().text());
      }
      assertEquals(20, one.seen().stream().map(Call::connection).distinct().count());
    }
  }

  @Test
  void interimAnswersGoToClientsOfHttp11Only() throws Exception {
    one.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 100 Continue\r\n\r\n" + EARLY_HINTS);
          call.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect();
        RawClient old = gateway.connect()) {
      client.send(TestGateway.postOf("/api/chat", "{}"));
      assertEquals("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", client.head().text());
      assertEquals("{}", client.answer().text());
      old.send(TestGateway.postOf("/api/chat", "{}").replace("HTTP/1.1", "HTTP/1.0"));
      assertEquals(200, old.head().status());
    }
  }

  @Test
  void aServerThatSendsInterimAnswersWithoutEndIsABadGateway() throws Exception {
    one.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 102 Processing\r\n\r\n".repeat(100));
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/pull", "{}"));
      int status = 102;
      while (status == 102) {
        status = client.head().status();
      }
      assertEquals(502, status);
    }
  }

  private static void begunOrSilent(Call call, String name, CountDownLatch go) throws IOException {
    String _ = call.readBody();
    if (call.target().equals("/api/chat")) {
      call.send(STREAM_HEAD + Bytes.chunk(name + "\n"));
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

  private static String request(String method, String path, String body) {
    String request = TestGateway.postOf(path, body).replaceFirst("POST", method);
    return method.equals("GET") || method.equals("HEAD")
        ? request.substring(0, request.indexOf("Content-Type")) + "\r\n"
        : request;
  }

  /** Takes requests until the server has seen so many in all. */
  private static void awaitSeen(FakeUpstream server, int count) {
    while (server.seen().size() < count) {
      Call _ = server.next();
    }
  }

  /** A gateway whose first checks are over. */
  private TestGateway gateway() throws Exception {
    TestGateway gateway =
        TestGateway.before(one, two).set("metrics", "{\"enabled\": true}").start();
    long _ = one.nextCheck();
    long _ = two.nextCheck();
    return gateway;
  }

  private static int seen(List<FakeUpstream> servers) {
    return servers.stream().mapToInt(server -> server.seen().size()).sum();
  }

  private static double retries(TestGateway gateway, String reason) throws IOException {
    return gateway.metric("gateway_retries_total{reason=\"" + reason + "\"}");
  }

  private static double up(TestGateway gateway, FakeUpstream server) throws IOException {
    return gateway.metric("gateway_upstream_up{server=\"" + server.url() + "\"}");
  }

  private static void awaitHealth(TestGateway gateway, FakeUpstream server, int wanted)
      throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (up(gateway, server) != wanted) {
      assertTrue(System.nanoTime() - deadline < 0, "the server's health didn't change");
      Thread.onSpinWait();
    }
  }
}
