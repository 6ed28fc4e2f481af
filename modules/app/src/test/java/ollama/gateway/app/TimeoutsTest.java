package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each timeout, set to a few seconds. */
class TimeoutsTest {

  private static final String METRICS = "{\"enabled\": true}";
  private static final String TIMEOUT = "gateway_timeouts_total{timeout=\"%s\"}";
  private static final String REJECTED = "gateway_http_rejected_total{reason=\"%s\"}";

  /** They wait, so all begin at once. */
  @TestFactory
  Stream<DynamicTest> timeouts() {
    Map<String, FutureTask<Boolean>> running = new LinkedHashMap<>();
    all()
        .forEach(
            (name, test) -> {
              FutureTask<Boolean> task =
                  new FutureTask<>(
                      () -> {
                        test.run();
                        return true;
                      });
              running.put(name, task);
              Thread.ofPlatform().name(name).start(task);
            });
    return running.entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> assertTrue(e.getValue().get())));
  }

  interface Timeout {
    void run() throws Exception;
  }

  static Map<String, Timeout> all() {
    Map<String, Timeout> all = new LinkedHashMap<>();
    all.put(
        "firstByteSecondsIsAGatewayTimeoutAndIsNotTriedElsewhere",
        TimeoutsTest::firstByteSecondsIsAGatewayTimeoutAndIsNotTriedElsewhere);
    all.put(
        "firstByteSecondsHoldsForTheWholeHead", TimeoutsTest::firstByteSecondsHoldsForTheWholeHead);
    all.put("upstreamIdleSecondsAbortsTheClient", TimeoutsTest::upstreamIdleSecondsAbortsTheClient);
    all.put(
        "upstreamIdleSecondsHoldsForAServerThatTakesNoRequest",
        TimeoutsTest::upstreamIdleSecondsHoldsForAServerThatTakesNoRequest);
    all.put(
        "connectMillisIsFollowedByTheNextServer",
        TimeoutsTest::connectMillisIsFollowedByTheNextServer);
    all.put("headSecondsIsARequestTimeout", TimeoutsTest::headSecondsIsARequestTimeout);
    all.put(
        "keepAliveSecondsClosesAnIdleConnection",
        TimeoutsTest::keepAliveSecondsClosesAnIdleConnection);
    all.put("bodyIdleSecondsIsARequestTimeout", TimeoutsTest::bodyIdleSecondsIsARequestTimeout);
    all.put(
        "writeStallSecondsGivesUpAClientThatStopsReading",
        TimeoutsTest::writeStallSecondsGivesUpAClientThatStopsReading);
    all.put("aSlowStreamIsNoSilentOne", TimeoutsTest::aSlowStreamIsNoSilentOne);
    return all;
  }

  private static void firstByteSecondsIsAGatewayTimeoutAndIsNotTriedElsewhere() throws Exception {
    try (FakeUpstream one = FakeUpstream.start(TimeoutsTest::silent);
        FakeUpstream two = FakeUpstream.start(TimeoutsTest::silent);
        TestGateway gateway =
            TestGateway.before(one, two)
                .set("timeouts", "{\"firstByteSeconds\": 3}")
                .set("metrics", METRICS)
                .start()) {
      long begin = System.nanoTime();
      Answer answer = gateway.post("/api/generate", "{}");
      assertLasted(begin, 3);
      assertEquals(504, answer.status());
      assertEquals(1, one.seen().size() + two.seen().size());
      assertEquals(
          "{\"error\":\"The Ollama server did not answer in time (request "
              + answer.field("X-Request-Id")
              + ")\"}",
          answer.text());
      gateway.awaitMetric(1, TIMEOUT.formatted("first_byte"));
      assertEquals(200, gateway.ask("GET / HTTP/1.1\r\nHost: g\r\n\r\n").status());
    }
  }

  private static void firstByteSecondsHoldsForTheWholeHead() throws Exception {
    try (FakeUpstream upstream =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 O");
                  long _ = call.awaitEnd();
                });
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("timeouts", "{\"firstByteSeconds\": 3}")
                .set("metrics", METRICS)
                .start();
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/generate", "{}"));
      // It comes long before that, on a busy machine too.
      assertEquals(102, client.head().status());
      assertEquals(504, client.answer().status());
      gateway.awaitMetric(1, TIMEOUT.formatted("first_byte"));
    }
  }

  private static void upstreamIdleSecondsAbortsTheClient() throws Exception {
    CompletableFuture<Long> end = new CompletableFuture<>();
    try (FakeUpstream upstream =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.send(Bytes.STREAM_HEAD + Bytes.chunk("{}\n"));
                  end.complete(call.awaitEnd());
                });
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("timeouts", "{\"upstreamIdleSeconds\": 1}")
                .set("metrics", METRICS)
                .start()) {
      long begin = System.nanoTime();
      Answer answer = gateway.post("/api/generate", "{}");
      assertLasted(begin, 1);
      assertEquals("{}\n", answer.text());
      assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      assertTrue(end.get(60, TimeUnit.SECONDS) > 0);
      gateway.awaitMetric(1, TIMEOUT.formatted("upstream_idle"));
    }
  }

  private static void upstreamIdleSecondsHoldsForAServerThatTakesNoRequest() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (FakeUpstream upstream = FakeUpstream.start(call -> call.await(over));
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("timeouts", "{\"upstreamIdleSeconds\": 1}")
                .set("metrics", METRICS)
                .start();
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postHeadOf("/api/blobs/sha256:00", "Content-Length: 1000000000"));
      CompletableFuture<Answer> answer = new CompletableFuture<>();
      Thread reader = Thread.ofPlatform().start(() -> complete(answer, client));
      byte[] piece = new byte[1 << 20];
      try {
        while (!answer.isDone()) {
          client.send(piece);
        }
      } catch (SocketException e) {
        // The gateway gave up taking it.
      }
      assertEquals(504, answer.get(60, TimeUnit.SECONDS).status());
      reader.join();
      gateway.awaitMetric(1, TIMEOUT.formatted("upstream_idle"));
      over.countDown();
    }
  }

  private static void complete(CompletableFuture<Answer> future, RawClient client) {
    try {
      future.complete(client.answer());
    } catch (IOException | RuntimeException e) {
      future.completeExceptionally(e);
    }
  }

  /** A server whose backlog is full answers no more, as one behind a firewall. */
  private static void connectMillisIsFollowedByTheNextServer() throws Exception {
    List<Socket> fillers = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
        FakeUpstream good = FakeUpstream.simple()) {
      fill(full, fillers);
      String url = "http://127.0.0.1:" + full.getLocalPort();
      try (TestGateway gateway =
          TestGateway.before(url, good.url())
              .set("timeouts", "{\"connectMillis\": 2000}")
              .set("metrics", METRICS)
              .start()) {
        for (int i = 0; i < 2; i++) {
          assertEquals(200, gateway.post("/api/pull", "{}").status());
        }
        assertEquals(0, gateway.up(url));
        gateway.awaitMetric(1, TIMEOUT.formatted("connect"));
      }
      try (TestGateway gateway =
          TestGateway.before(url)
              .set("timeouts", "{\"connectMillis\": 2000}")
              .set("metrics", METRICS)
              .start()) {
        Answer answer = gateway.post("/api/pull", "{}");
        assertEquals(503, answer.status());
        assertEquals(
            "{\"error\":\"No Ollama server is available: 1 tried, the last could not be reached"
                + " (request "
                + answer.field("X-Request-Id")
                + ")\"}",
            answer.text());
      }
    } finally {
      for (Socket filler : fillers) {
        filler.close();
      }
    }
  }

  private static void fill(ServerSocket server, List<Socket> fillers) throws IOException {
    InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
    while (fillers.size() < 100) {
      Socket filler = new Socket();
      fillers.add(filler);
      try {
        filler.connect(address, 500);
      } catch (SocketTimeoutException e) {
        return;
      }
    }
    throw new AssertionError("the backlog has no end");
  }

  private static void headSecondsIsARequestTimeout() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("timeouts", "{\"headSeconds\": 1}")
                .set("metrics", METRICS)
                .start();
        RawClient client = gateway.connect()) {
      long begin = System.nanoTime();
      client.send("GET /api/tags HTTP/1.1\r\nHost: g\r\n");
      Answer answer = client.answer();
      assertLasted(begin, 1);
      assertEquals(408, answer.status());
      assertEquals("close", answer.field("Connection"));
      assertEquals(End.CLOSED, client.end());
      gateway.awaitMetric(1, REJECTED.formatted("head_too_slow"));
    }
  }

  private static void keepAliveSecondsClosesAnIdleConnection() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("timeouts", "{\"keepAliveSeconds\": 1}")
                .set("metrics", METRICS)
                .start();
        RawClient client = gateway.connect()) {
      // Before the request: the client may see the answer late.
      long begin = System.nanoTime();
      assertEquals(200, client.send(TestGateway.postOf("/api/chat", "{}")).answer().status());
      assertEquals(End.CLOSED, client.end());
      assertLasted(begin, 1);
    }
  }

  private static void bodyIdleSecondsIsARequestTimeout() throws Exception {
    CompletableFuture<Long> end = new CompletableFuture<>();
    try (FakeUpstream upstream =
            FakeUpstream.start(
                call -> {
                  call.skipBody(3);
                  end.complete(call.awaitEnd());
                });
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("limits", "{\"replayBytes\": 1}")
                .set("timeouts", "{\"bodyIdleSeconds\": 3}")
                .set("metrics", METRICS)
                .start();
        RawClient client = gateway.connect()) {
      long begin = System.nanoTime();
      client.send(TestGateway.postOf("/v1/messages", "1234567").replace("4567", ""));
      Answer answer = client.answer();
      assertLasted(begin, 3);
      assertEquals(408, answer.status());
      assertTrue(
          answer
              .text()
              .startsWith(
                  "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
                      + "\"the request body stopped coming\"},\"request_id\":\"req_"),
          answer.text());
      assertEquals("close", answer.field("Connection"));
      assertTrue(end.get(60, TimeUnit.SECONDS) > 0);
      gateway.awaitMetric(1, REJECTED.formatted("body_too_slow"));
    }
  }

  private static void writeStallSecondsGivesUpAClientThatStopsReading() throws Exception {
    CompletableFuture<String> failed = new CompletableFuture<>();
    try (FakeUpstream upstream =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.send(Bytes.STREAM_HEAD);
                  String chunk = Bytes.chunk("x".repeat(100_000));
                  try {
                    while (true) {
                      call.send(chunk);
                    }
                  } catch (IOException e) {
                    failed.complete("failed");
                  }
                });
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("timeouts", "{\"writeStallSeconds\": 1}")
                .set("metrics", METRICS)
                .start();
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/generate", "{}"));
      assertEquals(200, client.head().status());
      assertEquals("failed", failed.get(60, TimeUnit.SECONDS));
      gateway.awaitMetric(1, TIMEOUT.formatted("write_stall"));
    }
  }

  /** Neither timeout counts while things move. */
  private static void aSlowStreamIsNoSilentOne() throws Exception {
    try (FakeUpstream upstream =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.send(Bytes.STREAM_HEAD);
                  for (int i = 0; i < 5; i++) {
                    pause(1_000);
                    call.send(Bytes.chunk("{}\n"));
                  }
                  call.send(Bytes.LAST_CHUNK);
                });
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("timeouts", "{\"upstreamIdleSeconds\": 4, \"firstByteSeconds\": 4}")
                .set("metrics", METRICS)
                .start()) {
      Answer answer = gateway.post("/api/generate", "{}");
      assertEquals(End.COMPLETE, answer.end());
      assertEquals("{}\n".repeat(5), answer.text());
    }
  }

  private static void silent(Call call) throws IOException {
    String _ = call.readBody();
    long _ = call.awaitEnd();
  }

  /** The pace of a scripted server, which the client waits for. */
  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Deadlines may be kept late on a busy machine, but never early. */
  static void assertLasted(long beginNanos, int setSeconds) {
    double seconds = (System.nanoTime() - beginNanos) / 1e9;
    assertTrue(seconds >= setSeconds - 0.05 && seconds < setSeconds + 15, seconds + " s");
  }
}
