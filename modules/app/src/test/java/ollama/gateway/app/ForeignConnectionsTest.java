package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.security.MessageDigest;
import java.util.Random;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.ForeignUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to a server of foreign make: many requests on one, and large ones. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignConnectionsTest {

  private static final String CHAT = TestGateway.postOf("/api/chat", "{}");
  private static final String BLOB = "/api/blobs/sha256:00";
  private static final int UPLOAD_BYTES = 8 * 1024 * 1024;
  private static final int CHUNK_BYTES = 100_000;

  @AutoClose private final ForeignUpstream one = ForeignUpstream.named("one");

  @BeforeEach
  void reset() {
    one.reset();
  }

  @Test
  void manyRequestsShareAConnection() throws Exception {
    int requests = 300;
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < requests; i++) {
        String request =
            i % 2 == 0
                ? TestGateway.postOf("/api/chat", "{\"n\":" + i + "}")
                : TestGateway.getOf("/api/tags?n=" + i);
        assertEquals("{\"by\":\"one\"}", client.send(request).answer().text());
      }
      assertEquals(requests, one.seen().size());
      int used = one.connections();
      assertTrue(used == 1 || (SchedulerTest.FALLBACK && used < requests), used + " connections");
      assertEquals(0, gateway.retries("no_response"));
    }
  }

  /** Its patience is long: Jetty breaks off answers that take it longer than that, too. */
  @Test
  void aRequestAfterTheServerClosedItsIdleConnectionIsServedOnANewOne() throws Exception {
    try (ForeignUpstream impatient =
            ForeignUpstream.named("impatient", options -> options.jettyIdleTimeout(5_000L));
        TestGateway gateway = TestGateway.before(impatient).start();
        RawClient client = gateway.connect()) {
      assertEquals("{\"by\":\"impatient\"}", client.send(CHAT).answer().text());
      impatient.awaitClosed(1);
      assertEquals("{\"by\":\"impatient\"}", client.send(CHAT).answer().text());
      assertEquals(2, impatient.seen().size());
      assertEquals(2, impatient.connections());
      assertEquals(0, gateway.retries("no_response"));
      assertEquals(1, gateway.up(impatient.url()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/api/blobs/sha256:00, true",
    "/api/blobs/sha256:00, false",
    "/api/chat, true",
    "/api/chat, false",
  })
  void anUploadArrivesByteForByte(String path, boolean chunked) throws Exception {
    byte[] body = new byte[UPLOAD_BYTES];
    new Random(UPLOAD_BYTES).nextBytes(body);
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      if (chunked) {
        client.send(TestGateway.postHeadOf(path, "Transfer-Encoding: chunked"));
        String text = Bytes.text(body);
        for (int at = 0; at < body.length; at += CHUNK_BYTES) {
          client.send(Bytes.chunk(text.substring(at, Math.min(body.length, at + CHUNK_BYTES))));
        }
        client.send(Bytes.LAST_CHUNK);
      } else {
        client.send(TestGateway.postHeadOf(path, "Content-Length: " + body.length)).send(body);
      }
      assertEquals("{\"by\":\"one\"}", client.answer().text());
      assertEquals(1, one.seen().size());
      LoggedRequest seen = one.seen().getFirst();
      assertEquals(chunked ? "chunked" : null, seen.getHeader("Transfer-Encoding"));
      assertEquals(chunked ? null : "" + body.length, seen.getHeader("Content-Length"));
      assertArrayEquals(sha256(body), sha256(seen.getBody()));
      // The client's connection is in order.
      assertEquals("{\"by\":\"one\"}", client.send(CHAT).answer().text());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anUploadThatItsClientBreaksOffIsNoRequestToTheServer(boolean chunked) throws Exception {
    String half = "x".repeat(CHUNK_BYTES);
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      if (chunked) {
        client.send(TestGateway.postHeadOf(BLOB, "Transfer-Encoding: chunked"));
        client.send(Bytes.chunk(half));
      } else {
        client.send(TestGateway.postHeadOf(BLOB, "Content-Length: " + 2 * CHUNK_BYTES)).send(half);
      }
      one.awaitConnections(1);
      client.reset();
      gateway.awaitMetric(
          1,
          "gateway_requests_total{endpoint=\"/api/blobs/:digest\",method=\"POST\",status=\"499\"}");
      one.awaitClosed(1);
      assertEquals(0, one.seen().size());
      assertEquals(1, gateway.up(one.url()));
    }
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }
}
