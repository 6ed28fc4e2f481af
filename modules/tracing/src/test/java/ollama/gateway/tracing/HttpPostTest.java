package ollama.gateway.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HttpPostTest {

  private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket listener = new ServerSocket();

  HttpPostTest() throws IOException {
    // Small, so that who doesn't read is noticed.
    listener.setReceiveBufferSize(4096);
    listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
  }

  @Test
  void aPostIsWhatACollectorExpects() throws Exception {
    FutureTask<String> heard = hear("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");

    assertEquals(new Post.Answer(200, 0), new HttpPost(Optional::empty).send(collector(), BODY));
    String request = heard.get();
    assertTrue(request.startsWith("POST /v1/traces HTTP/1.1\r\n"), request);
    assertTrue(request.contains("\r\nContent-Type: application/json\r\n"), request);
    assertTrue(request.contains("\r\nContent-Length: 7\r\n"), request);
    assertTrue(request.contains("\r\nX-Token: secret\r\n"), request);
    assertTrue(request.contains("\r\nAuthorization: Bearer t\r\n"), request);
    assertTrue(request.endsWith("\r\n\r\n{\"a\":1}"), request);
  }

  @ParameterizedTest
  @CsvSource({
    "429, Retry-After: 7, 7",
    "503, 'Retry-After: Wed, 21 Oct 2026 07:28:00 GMT', 0",
    "401, WWW-Authenticate: Basic realm=x, 0",
    "400, X: y, 0",
    "302, Location: http://127.0.0.1:1/, 0",
  })
  void whatItAnswersIsTold(int status, String field, int retryAfter) throws Exception {
    FutureTask<String> heard =
        hear("HTTP/1.1 " + status + " X\r\n" + field + "\r\nContent-Length: 2\r\n\r\n{}");

    assertEquals(
        new Post.Answer(status, retryAfter), new HttpPost(Optional::empty).send(collector(), BODY));
    assertTrue(heard.get().startsWith("POST "));
  }

  @ParameterizedTest
  @CsvSource({"''", "nonsense"})
  void whoAnswersNothingThatIsHttpFails(String answer) throws Exception {
    FutureTask<String> heard = hear(answer);

    assertThrows(IOException.class, () -> new HttpPost(Optional::empty).send(collector(), BODY));
    assertTrue(heard.get().startsWith("POST "));
  }

  @Test
  void whoIsNotThereFails() throws Exception {
    Collector collector = collector();
    listener.close();

    assertThrows(IOException.class, () -> new HttpPost(Optional::empty).send(collector, BODY));
  }

  @Test
  void whoDoesNotReadIsGivenUp() throws Exception {
    HttpPost post = new HttpPost(Optional::empty, Duration.ofMillis(200));

    assertIsLate(post, new byte[64 << 20]);
  }

  @Test
  void whoDoesNotAnswerIsGivenUp() {
    HttpPost post = new HttpPost(Optional::empty, Duration.ofMillis(200));

    assertIsLate(post, BODY);
  }

  private void assertIsLate(Post post, byte[] body) {
    IOException late = assertThrows(IOException.class, () -> post.send(collector(), body));
    assertEquals("no whole answer within 0 seconds", late.getMessage());
  }

  private Collector collector() {
    URI url = URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/v1/traces");
    return new Collector(url, Map.of("X-Token", "secret", "Authorization", "Bearer t"), 16);
  }

  /** Takes one request and answers it. */
  private FutureTask<String> hear(String answer) {
    FutureTask<String> heard =
        new FutureTask<>(
            () -> {
              try (Socket socket = listener.accept()) {
                String request = read(new BufferedInputStream(socket.getInputStream()));
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                return request;
              }
            });
    Thread.ofPlatform().daemon().start(heard);
    return heard;
  }

  private static String read(InputStream in) throws IOException {
    StringBuilder request = new StringBuilder();
    while (request.indexOf("\r\n\r\n") < 0) {
      request.append((char) in.read());
    }
    return request
        .append(new String(in.readNBytes(BODY.length), StandardCharsets.US_ASCII))
        .toString();
  }
}
