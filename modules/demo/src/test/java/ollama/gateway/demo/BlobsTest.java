package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import ollama.gateway.demo.Client.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlobsTest {

  private static final String HELLO = "/api/blobs/sha256:" + Sha256.hex("hello");
  private static final String ZEROS = "/api/blobs/sha256:" + "0".repeat(64);

  private Demo demo;
  private DemoServer server;

  @BeforeEach
  void start() throws IOException {
    demo = Demo.start(Pace.unlimited());
    server = demo.server();
  }

  @AfterEach
  void stop() {
    demo.close();
  }

  @Test
  void remembersWhatWasUploaded() throws IOException {
    Reply before = Client.call(server, "HEAD", HELLO, "");
    assertEquals(404, before.status());
    assertEquals("102", before.head().field("content-length"));
    Reply upload = Client.post(server, HELLO, "hello");
    assertEquals(201, upload.status());
    assertEquals("0", upload.head().field("content-length"));
    assertEquals(200, Client.call(server, "HEAD", HELLO, "").status());
    assertEquals(200, Client.call(server, "HEAD", HELLO.replace(':', '-'), "").status());
    assertEquals(200, Client.call(server, "HEAD", HELLO.replace(":", "%3a"), "").status());
  }

  @Test
  void refusesWhatDoesNotMatchItsDigest() throws IOException {
    Reply reply = Client.post(server, ZEROS, "hello");
    assertEquals(400, reply.status());
    assertEquals(
        "{\"error\":\"digest mismatch, expected \\\"sha256:"
            + "0".repeat(64)
            + "\\\", got \\\"sha256:"
            + "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\\\"\"}",
        reply.body());
    assertEquals(404, Client.call(server, "HEAD", ZEROS, "").status());
  }

  @Test
  void refusesWhatIsNoDigest() throws IOException {
    Reply head = Client.call(server, "HEAD", "/api/blobs/sha256:zz", "");
    assertEquals(400, head.status());
    assertEquals("33", head.head().field("content-length"));
    assertEquals(
        "{\"error\":\"invalid digest format\"}",
        Client.post(server, "/api/blobs/md5:00", "x").body());
  }

  @Test
  void takesAnyAmountInChunksAndServesOthersMeanwhile() throws Exception {
    byte[] piece = "0123456789abcdef".repeat(4096).getBytes(StandardCharsets.US_ASCII);
    int count = 320;
    Sha256 sha256 = new Sha256();
    for (int i = 0; i < count; i++) {
      sha256.add(ByteBuffer.wrap(piece));
    }
    String digest = sha256.hex();
    byte[] chunkHead =
        (HexFormat.of().toHexDigits(piece.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    byte[] chunkEnd = {'\r', '\n'};
    try (Client client = new Client(server.address())) {
      client.sendRaw(
          "POST /api/blobs/sha256:"
              + digest
              + " HTTP/1.1\r\nHost: demo\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < count; i++) {
        client.sendRaw(chunkHead);
        client.sendRaw(piece);
        client.sendRaw(chunkEnd);
        if (i % 64 == 0) {
          assertEquals(200, Client.get(server, "/").status());
        }
      }
      client.sendRaw("0\r\n\r\n");
      assertEquals(201, client.reply("POST").status());
    }
    Await.until(() -> demo.loops().all().getFirst().buffers().taken() == 0);
  }

  @Test
  void asksForABodyThatIsHeldBack() throws IOException {
    try (Client client = new Client(server.address())) {
      client.sendRaw(
          "POST "
              + HELLO
              + " HTTP/1.1\r\nHost: demo\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      assertEquals(100, client.head().status());
      client.sendRaw("hello");
      assertEquals(201, client.reply("POST").status());
    }
  }

  @Test
  void answersAtOnceWhenItHasTheBlobAlready() throws IOException {
    Client.post(server, HELLO, "hello");
    try (Client client = new Client(server.address())) {
      client.sendRaw(
          "POST " + HELLO + " HTTP/1.1\r\nHost: demo\r\nContent-Length: 1000000000\r\n\r\nhel");
      Client.Head head = client.head();
      assertEquals(200, head.status());
      assertEquals("close", head.field("connection"));
    }
  }

  @Test
  void countsAClientThatLeavesInAnUpload() throws Exception {
    try (Client client = new Client(server.address())) {
      client.sendRaw("POST " + HELLO + " HTTP/1.1\r\nHost: demo\r\nContent-Length: 5\r\n\r\nhel");
      Await.until(() -> server.requestsInFlight() == 1);
    }
    Await.until(() -> server.canceled() == 1);
    assertEquals(404, Client.call(server, "HEAD", HELLO, "").status());
  }

  @Test
  void forgetsTheOldestBeyondABound() {
    Blobs blobs = new Blobs();
    for (int i = 0; i <= Blobs.COUNT_MAX; i++) {
      blobs.add("sha256:" + i);
    }
    assertFalse(blobs.has("sha256:0"));
    assertTrue(blobs.has("sha256:1"));
    assertTrue(blobs.has("sha256:" + Blobs.COUNT_MAX));
  }
}
