package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.client.Resolver;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;
import ollama.gateway.metrics.GatewayMetrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gateway tells of a request when it has ended, and what it does with broken parts. */
class GatewayTest {

  private final BlockingQueue<RequestLog.Entry> entries = new LinkedBlockingQueue<>();
  private final BlockingQueue<List<String>> notDone = new LinkedBlockingQueue<>();
  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private final OffLoop offLoop = new OffLoop();
  private final Resolver resolver = new Resolver();
  private final EventLoops loops;
  private HttpServer server;
  private InetSocketAddress address = new InetSocketAddress(0);

  private volatile Throwable mistake = new IllegalStateException("a mistake of ours");

  private final Admin admin =
      new NoAdmin() {
        @Override
        public void reload() throws AdminException {
          throw new AdminException(
              "/etc/x.json is \"bad\"", "the file is \"bad\"", new IOException("bad"));
        }

        @Override
        public String newKey() {
          if (mistake instanceof Error error) {
            throw error;
          }
          throw (RuntimeException) mistake;
        }
      };

  private final HttpChallenges challenges = new HttpChallenges();
  private final RequestLog log =
      new RequestLog() {
        @Override
        public boolean enabled() {
          return true;
        }

        @Override
        public void notDone(String what, String id, String why) {
          notDone.add(List.of(what, id, why));
        }

        @Override
        public void finished(Entry entry) {
          entries.add(entry);
        }
      };

  private final ServerEvents events =
      new ServerEvents() {
        @Override
        public void failed(Throwable failure) {
          failures.add(failure);
        }
      };

  GatewayTest() throws IOException {
    loops = EventLoops.start(1);
    Gateway gateway =
        new Gateway(
            TestSettings::keyInPath,
            new UpstreamClient(loops, resolver),
            new Console(admin, "test"),
            new GatewayMetrics("gateway"),
            offLoop,
            log,
            challenges);
    server = new HttpServer(ServerOptions::defaults, loops, gateway, events);
  }

  @BeforeEach
  void start() throws IOException {
    address = server.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
  }

  @AfterEach
  void close() {
    server.close();
    offLoop.close();
    resolver.close();
    loops.close();
  }

  @Test
  void anEntryTellsWhoAskedForWhatAndWhatCameOfIt() throws Exception {
    String answer = ask("GET /k/sekret/?secret=1 HTTP/1.1");
    RequestLog.Entry entry = entry();
    assertTrue(answer.contains("\r\nX-Request-Id: " + entry.id() + "\r\n"), answer);
    assertEquals("127.0.0.1", entry.client().address());
    assertEquals("alice", entry.client().key());
    assertEquals("GET", entry.method());
    assertEquals("/", entry.path());
    assertEquals(200, entry.answer().status());
    assertEquals("", entry.server().address());
    assertEquals(0, entry.server().attempts());
    assertEquals("Ollama is running".length(), entry.answer().bodyBytes());
    assertTrue(
        entry.answer().durationNanos() > 0 && entry.answer().durationNanos() < 20_000_000_000L);
    assertEquals("", entry.answer().note());
  }

  @Test
  void anAuthorityThatLooksIsAnsweredWithoutAKeyAsLongAsThatIsOpen() throws Exception {
    String asking = "/.well-known/acme-challenge/token_1";
    assertTrue(ask("GET " + asking + " HTTP/1.1").startsWith("HTTP/1.1 401 "));
    challenges.open("token_1", "token_1.thumbprint");
    String answer = ask("GET " + asking + " HTTP/1.1");
    assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    assertTrue(answer.endsWith("\r\n\r\ntoken_1.thumbprint"), answer);
    assertTrue(ask("POST " + asking + " HTTP/1.1").startsWith("HTTP/1.1 405 "));
    for (String other : List.of("token_2", "token_1/", "token_1?x", "", "Token_1")) {
      String path = "/.well-known/acme-challenge/" + other;
      assertTrue(ask("GET " + path + " HTTP/1.1").startsWith("HTTP/1.1 401 "), path);
    }
    challenges.close("token_1");
    assertTrue(ask("GET " + asking + " HTTP/1.1").startsWith("HTTP/1.1 401 "));
  }

  @Test
  void anEntryOfARefusedRequestNamesNoKey() throws Exception {
    assertTrue(ask("GET /k/wrong/api/tags HTTP/1.1").startsWith("HTTP/1.1 401 "));
    RequestLog.Entry entry = entry();
    assertEquals(401, entry.answer().status());
    assertEquals("", entry.client().key());
    assertEquals("/api/tags", entry.path());
  }

  @Test
  void anEntryOfABodyThatBrokeARuleNamesTheRule() throws Exception {
    String answer = ask("POST /k/sekret/api/chat HTTP/1.1\r\nContent-Length: 99999999999999");
    assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
    RequestLog.Entry entry = entry();
    assertEquals(413, entry.answer().status());
    assertEquals("request body too large", entry.answer().note());
    assertEquals("alice", entry.client().key());
  }

  @Test
  void aFailedReloadSaysWhyAndTheLogMore() throws Exception {
    String answer = ask("GET /k/sekret/config/reload HTTP/1.1");
    assertTrue(answer.startsWith("HTTP/1.1 500 "), answer);
    assertTrue(
        answer.endsWith(
            "{\"error\":\"Failed to reload the config file: the file is \\\"bad\\\"\"}"),
        answer);
    RequestLog.Entry entry = entry();
    assertEquals(500, entry.answer().status());
    // The rest is the log's, under the id that the client has.
    assertTrue(answer.contains("X-Request-Id: " + entry.id() + "\r\n"), answer);
    assertEquals(
        List.of("Failed to reload the config file", entry.id(), "/etc/x.json is \"bad\""),
        notDone.poll(20, TimeUnit.SECONDS));
    assertEquals(0, failures.size());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMistakeOfOursIsToldToTheLogAndNotToTheClient(boolean error) throws Exception {
    if (error) {
      mistake = new StackOverflowError("a mistake of ours");
    }
    String answer = ask("GET /k/sekret/config/new-key HTTP/1.1");
    assertTrue(answer.startsWith("HTTP/1.1 500 "), answer);
    assertTrue(!answer.contains("mistake"), answer);
    assertEquals(500, entry().answer().status());
    Throwable failure = failures.poll(20, TimeUnit.SECONDS);
    assertSame(mistake, failure == null ? null : failure.getCause());
  }

  private RequestLog.Entry entry() throws InterruptedException {
    RequestLog.Entry entry = entries.poll(20, TimeUnit.SECONDS);
    if (entry == null) {
      throw new AssertionError("no entry");
    }
    return entry;
  }

  /** All that comes on a connection of its own until its end. */
  private String ask(String start) throws IOException {
    try (Socket client = new Socket(address.getAddress(), address.getPort())) {
      client.setSoTimeout(20_000);
      String request = start + "\r\nHost: g\r\nConnection: close\r\n\r\n";
      client.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
