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

/** Request bodies are passed on as they come, whole and unchanged. */
class UploadTest {

  private static final long MIB = 1 << 20;
  private static final String BLOB = "/api/blobs/sha256:00";

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
    client.send(TestGateway.postHeadOf(BLOB, "Content-Length: " + bytes));
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
      client.send(
          TestGateway.postHeadOf(BLOB, "Transfer-Encoding: chunked") + wire + Bytes.LAST_CHUNK);
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
      client.send(TestGateway.postHeadOf(BLOB, "Content-Length: 6") + "abc");
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
        client.send(TestGateway.postHeadOf(BLOB, "Transfer-Encoding: chunked"));
        client.send(Bytes.chunk(body) + Bytes.LAST_CHUNK);
      } else {
        client.send(TestGateway.postHeadOf(BLOB, "Content-Length: " + bytes) + body);
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
      client.send(
          TestGateway.postHeadOf("/api/chat", "Transfer-Encoding: chunked\r\nTrailer: X-Key"));
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
    "/v1/embeddings,       '{\"error\":{\"message\":\"malformed chunk size\","
        + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}'",
  })
  void aMalformedChunkIsABadRequestInTheRoutesShape(String path, String error) throws Exception {
    try (TestGateway gateway =
            TestGateway.before(upstream).set("limits", "{\"replayBytes\": 1}").start();
        RawClient client = gateway.connect()) {
      upstream.script(call -> call.readBody());
      client.send(TestGateway.postHeadOf(path, "Transfer-Encoding: chunked") + "2\r\n{}\r\n");
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
  void whatIsBrokenBeforeAServerIsAskedReachesNone() throws Exception {
    try (TestGateway gateway = TestGateway.start(upstream);
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postHeadOf("/api/chat", "Transfer-Encoding: chunked"));
      client.send("2\r\n{}\r\n+2\r\n{}\r\n");
      assertEquals(400, client.answer().status());
      assertEquals(0, upstream.seen().size());
    }
  }
}
