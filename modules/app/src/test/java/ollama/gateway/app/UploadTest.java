package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.SocketBuffers;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Request bodies: passed on as they come, within limits, and answered early if the server does. */
class UploadTest {

  private static final long MIB = 1 << 20;
  private static final String BLOB = "/api/blobs/sha256:00";
  private static final String EARLY_BODY = "{\"error\":\"early\"}";

  @AutoClose private final FakeUpstream upstream = FakeUpstream.simple();

  @Test
  void anUploadOfHundredsOfMegabytesTakesNoMemory() throws Exception {
    long bytes = 300 * MIB;
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      // A first one, so that everything is loaded.
      Memory before = upload(client, 20 * MIB);
      long begin = System.nanoTime();
      Memory during = upload(client, bytes);
      String grown =
          String.format(
              Locale.ROOT,
              "heap %+d KiB, resident %+d KiB",
              (during.heapBytes() - before.heapBytes()) / 1024,
              (during.residentBytes() - before.residentBytes()) / 1024);
      System.out.printf(
          Locale.ROOT,
          "upload of 300 MiB in %.2f s: %s%n",
          (System.nanoTime() - begin) / 1e9,
          grown);
      assertTrue(during.heapBytes() - before.heapBytes() < 8 * MIB, grown);
      assertTrue(during.residentBytes() - before.residentBytes() < 48 * MIB, grown);
    }
  }

  /** Heap after a collection, and all that the process has in RAM: direct buffers too. */
  private record Memory(long heapBytes, long residentBytes) {}

  /** Uploads zeros; the server looks at the memory half-way. */
  private Memory upload(RawClient client, long bytes) throws IOException {
    AtomicReference<Memory> halfWay = new AtomicReference<>();
    upstream.script(
        call -> {
          call.skipBody(bytes / 2);
          halfWay.set(memory());
          call.skipBody(bytes - bytes / 2);
          call.respond(201, "{}");
        });
    client.send(post(BLOB, "Content-Length: " + bytes));
    byte[] piece = new byte[64 * 1024];
    for (long sent = 0; sent < bytes; sent += piece.length) {
      client.send(piece);
    }
    assertEquals(201, client.answer().status());
    return halfWay.get();
  }

  private static Memory memory() throws IOException {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long heap = runtime.totalMemory() - runtime.freeMemory();
    Path status = Path.of("/proc/self/status");
    long resident = 0;
    if (Files.exists(status)) {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmRSS:")) {
          resident = Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    }
    return new Memory(heap, resident);
  }

  @ParameterizedTest
  @CsvSource({"1, 1000", "7, 70000", "16384, 500000", "100000, 2000000", "3000000, 3000000"})
  void aChunkedBodyArrivesByteForByte(int chunkBytes, int bytes) throws Exception {
    byte[] random = new byte[bytes];
    new Random(bytes).nextBytes(random);
    String body = Bytes.text(random);
    StringBuilder wire = new StringBuilder();
    for (int at = 0; at < bytes; at += chunkBytes) {
      wire.append(Bytes.chunk(body.substring(at, Math.min(bytes, at + chunkBytes))));
    }
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      client.send(post(BLOB, "Transfer-Encoding: chunked") + wire + Bytes.LAST_CHUNK);
      assertEquals(200, client.answer().status());
      Call call = upstream.next();
      assertEquals("chunked", call.head().field("Transfer-Encoding"));
      assertEquals("", call.head().field("Content-Length"));
      assertTrue(body.equals(call.body()), "the body was changed");
      // And the next one on the same connection.
      client.send(TestGateway.postOf("/api/chat", "{\"n\":2}"));
      assertEquals(200, client.answer().status());
      assertEquals("{\"n\":2}", upstream.next().body());
    }
  }

  @Test
  void aBodyIsPassedOnAsItComesWhateverTheServerSaysMeanwhile() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      AtomicReference<Call> call = new AtomicReference<>();
      upstream.script(
          c -> {
            call.set(c);
            c.skipBody(3);
            c.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Got Three\r\n\r\n");
            c.respond(200, "{}");
          });
      client.send(post(BLOB, "Content-Length: 6") + "abc");
      // The server has the first half while the second isn't sent.
      Call _ = upstream.next();
      client.send("def");
      assertEquals(103, client.head().status());
      assertEquals("{}", client.answer().text());
      assertEquals("def", call.get().body());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatCameWhileTheServerTookNothingIsPassedOn(boolean chunked) throws Exception {
    int receiveBufferBytes = 4096;
    int bytes = SocketBuffers.bytes(receiveBufferBytes) + 500_000;
    upstream.receiveBufferBytes(receiveBufferBytes);
    CountDownLatch sent = new CountDownLatch(1);
    upstream.script(
        call -> {
          call.await(sent);
          call.respond(200, "{\"bytes\":" + call.dropBody() + "}");
        });
    String body = "x".repeat(bytes);
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      if (chunked) {
        client.send(post(BLOB, "Transfer-Encoding: chunked"));
        client.send(Bytes.chunk(body) + Bytes.LAST_CHUNK);
      } else {
        client.send(post(BLOB, "Content-Length: " + bytes) + body);
      }
      // Meanwhile the gateway reads what the server doesn't take.
      client.socket().setSoTimeout(300);
      assertThrows(SocketTimeoutException.class, client::answer);
      client.socket().setSoTimeout(20_000);
      sent.countDown();
      assertEquals("{\"bytes\":" + bytes + "}", client.answer().text());
    } finally {
      sent.countDown();
    }
  }

  @Test
  void trailersAndExtensionsOfChunksAreDropped() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      client.send(post("/api/chat", "Transfer-Encoding: chunked\r\nTrailer: X-Key"));
      client.send("2;ext=1\r\n{}\r\n0;last\r\nX-Key: 1\r\n\r\n");
      assertEquals(200, client.answer().status());
      Call call = upstream.next();
      assertEquals("{}", call.body());
      assertFalse(call.head().text().contains("X-Key"), call.head().text());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/api/chat,            '{\"error\":\"malformed chunk size\"}'",
    "/v1/chat/completions, '{\"error\":{\"message\":\"malformed chunk size\","
        + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}'",
  })
  void aMalformedChunkIsABadRequestInTheRoutesShape(String path, String error) throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      upstream.script(call -> call.readBody());
      client.send(post(path, "Transfer-Encoding: chunked") + "2\r\n{}\r\n");
      Call call = upstream.next();
      client.send("+2\r\n{}\r\n");
      Answer answer = client.answer();
      assertEquals(400, answer.status());
      assertEquals(error, answer.text());
      assertEquals("close", answer.field("Connection"));
      assertEquals(End.CLOSED, client.end());
      // The server got no whole request.
      assertTrue(call.awaitEnd() > 0);
      assertEquals("", call.body());
    }
  }

  @Test
  void anAnswerBeforeTheBodyWasSentIsForwarded() throws Exception {
    upstream.script(
        call -> {
          sendEarly(call);
          call.reset();
        });
    try (TestGateway gateway = TestGateway.start(upstream)) {
      for (int i = 0; i < 20; i++) {
        try (RawClient client = gateway.connect()) {
          client.send(post(BLOB, "Content-Length: 10000000000"));
          client.send("x".repeat(i * 1000));
          assertEarly(client.answer());
        }
      }
    }
  }

  /** The server's reset may overtake its answer; what was there to be read must not be lost. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerInTheMiddleOfAnUploadIsForwarded(boolean reset) throws Exception {
    upstream.script(
        call -> {
          call.skipBody(500_000);
          sendEarly(call);
          if (reset) {
            call.reset();
          } else {
            call.close();
          }
        });
    try (TestGateway gateway = TestGateway.start(upstream)) {
      for (int i = 0; i < 20; i++) {
        try (RawClient client = gateway.connect()) {
          client.send(post(BLOB, "Content-Length: 5000000"));
          byte[] piece = new byte[50_000];
          for (int sent = 0; sent < 5_000_000; sent += piece.length) {
            client.send(piece);
          }
          assertEarly(client.answer());
        }
      }
    }
  }

  /**
   * As {@code ollama create} does: a chunked upload, of which all is sent before anything is read,
   * and the next request on the same connection unless the answer says that it ends. A server that
   * has the blob answers at once and closes, with the rest unread.
   */
  @ParameterizedTest
  @CsvSource({
    "640, 30, true", "1024, 30, true", "8192, 10, true", "65536, 4, true",
    "640, 30, false", "1024, 30, false", "8192, 10, false", "65536, 4, false",
  })
  void aClientThatSendsAllBeforeItReadsGoesOn(int kib, int tries, boolean known) throws Exception {
    AtomicInteger blobs = new AtomicInteger();
    upstream.script(
        call -> {
          if (!call.target().equals(BLOB)) {
            call.respond(200, "{}");
          } else if (known) {
            call.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            if (blobs.getAndIncrement() % 2 == 0) {
              call.reset();
            } else {
              call.close();
            }
          } else {
            assertEquals(kib * 1024L, call.dropBody());
            call.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
          }
        });
    byte[] chunk = Bytes.of(Bytes.chunk("x".repeat(32 * 1024)));
    try (TestGateway gateway = TestGateway.start(upstream)) {
      for (int i = 0; i < tries; i++) {
        RawClient client = gateway.connect();
        try {
          client.send(post(BLOB, "Transfer-Encoding: chunked"));
          for (int sent = 0; sent < kib; sent += 32) {
            client.send(chunk);
          }
          client.send(Bytes.LAST_CHUNK);
          Answer answer = client.answer();
          assertEquals(known ? 200 : 201, answer.status());
          if (answer.field("Connection").equals("close")) {
            client.close();
            client = gateway.connect();
          }
          client.send(TestGateway.postOf("/api/create", "{}"));
          assertEquals(200, client.answer().status());
        } finally {
          client.close();
        }
      }
    }
  }

  private static void sendEarly(Call call) throws IOException {
    call.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n");
    call.send("Content-Length: " + EARLY_BODY.length() + "\r\n\r\n" + EARLY_BODY);
  }

  private static void assertEarly(Answer answer) {
    assertEquals(400, answer.status());
    assertEquals(EARLY_BODY, answer.text());
    assertEquals(End.COMPLETE, answer.end());
  }

  @Test
  void aSmallBodyThatNobodyReadCostsTheClientNoConnection() throws Exception {
    upstream.script(
        call -> {
          call.send("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
          call.close();
        });
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      client.send(post("/api/chat", "Content-Length: 10") + "12345");
      assertEquals(404, client.answer().status());
      upstream.script(call -> call.respond(200, "{}"));
      client.send("67890" + TestGateway.postOf("/api/chat", "{\"n\":2}"));
      assertEquals(200, client.answer().status());
      assertEquals("{\"n\":2}", upstream.seen().getLast().body());
    }
  }

  @Test
  void continueIsSaidWhenTheServerIsThere() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send(post("/api/chat", "Content-Length: 2\r\nExpect: 100-continue"));
        assertEquals("HTTP/1.1 100 Continue\r\n\r\n", client.head().text());
        client.send("{}");
        assertEquals("{}", client.answer().text());
        Call call = upstream.next();
        assertEquals("{}", call.body());
        assertEquals("", call.head().field("Expect"));
      }
    }
  }

  @Test
  void continueIsNotSaidToWhoSendsItsBodyAnyway() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      client.send(post("/api/chat", "Content-Length: 2\r\nExpect: 100-continue") + "{}");
      assertEquals(200, client.head().status());
    }
  }

  @Test
  void continueIsNeverSaidToHttp10() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      String head = post("/api/chat", "Content-Length: 2\r\nExpect: 100-continue");
      client.send(head.replace("HTTP/1.1", "HTTP/1.0"));
      Call _ = upstream.next();
      client.send("{}");
      assertEquals(200, client.head().status());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "wrong,  10,  '',                  401",
    "sekret, 10,  '{\"denyIps\": [\"127.0.0.1\"]}', 403",
    "sekret, 101, '',                  413",
    "sekret, 10,  limited,             429",
  })
  void continueIsNotSaidToWhoIsRefused(String key, int length, String refusing, int status)
      throws Exception {
    TestGateway.Plan plan = TestGateway.before(upstream).set("limits", "{\"bodyBytes\": 100}");
    boolean limited = refusing.equals("limited");
    if (limited) {
      plan.set("rateLimit", "{\"maxRequests\": 1, \"timeWindowSeconds\": 60, \"enabled\": true}");
    } else if (!refusing.isEmpty()) {
      plan.set("security", refusing);
    }
    try (TestGateway gateway = plan.start();
        RawClient client = gateway.connect()) {
      if (limited) {
        assertEquals(200, gateway.get("/api/tags").status());
      }
      int before = upstream.seen().size();
      client.send(
          post("/api/chat", "Content-Length: " + length + "\r\nExpect: 100-continue")
              .replace("sekret", key));
      assertEquals(status, client.head().status());
      assertEquals(before, upstream.seen().size());
    }
  }

  @Test
  void aBodyLargerThanTheLimitIsRefusedBeforeItIsSent() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream)
            .set("limits", "{\"bodyBytes\": 1000, \"blobBytes\": 2000}")
            .start()) {
      assertEquals(200, gateway.post("/api/chat", "x".repeat(1000)).status());
      assertTooLarge(gateway.post("/api/chat", "x".repeat(1001)));
      assertEquals(200, gateway.post(BLOB, "x".repeat(2000)).status());
      assertTooLarge(gateway.post(BLOB, "x".repeat(2001)));
      assertEquals(2, upstream.seen().size());
      Answer openAi = gateway.post("/v1/chat/completions", "x".repeat(1001));
      assertEquals(413, openAi.status());
      assertEquals(
          "{\"error\":{\"message\":\"request body too large\",\"type\":\"invalid_request_error\","
              + "\"param\":null,\"code\":null}}",
          openAi.text());
    }
  }

  @Test
  void aChunkedBodyIsRefusedWhenItPassesTheLimit() throws Exception {
    try (TestGateway gateway =
            TestGateway.before(upstream).set("limits", "{\"bodyBytes\": 1000}").start();
        RawClient client = gateway.connect()) {
      String head = post("/api/chat", "Transfer-Encoding: chunked");
      client.send(head + Bytes.chunk("x".repeat(1000)) + Bytes.LAST_CHUNK);
      assertEquals(200, client.answer().status());
      client.send(head + Bytes.chunk("x".repeat(1000)));
      Call _ = upstream.next();
      Call call = upstream.next();
      client.send(Bytes.chunk("y"));
      assertTooLarge(client.answer());
      assertTrue(call.awaitEnd() > 0);
      assertEquals("", call.body());
    }
  }

  @Test
  void zeroIsNoLimit() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(upstream).set("limits", "{\"bodyBytes\": 0}").start()) {
      assertEquals(200, gateway.post("/api/chat", "x".repeat(1_000_000)).status());
    }
  }

  private static void assertTooLarge(Answer answer) {
    assertEquals(413, answer.status());
    assertEquals("{\"error\":\"request body too large\"}", answer.text());
    assertEquals("close", answer.field("Connection"));
  }

  private static String post(String path, String fields) {
    return "POST " + path + " HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + fields + "\r\n\r\n";
  }
}
