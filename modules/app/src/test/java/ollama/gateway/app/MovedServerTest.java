package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose name moves, in a process of its own: its JVM has its own file of names. */
class MovedServerTest {

  private static final String NAME = "moving.test";

  @TempDir private Path folder;
  private Path names;

  @BeforeEach
  void setUp() {
    names = folder.resolve("hosts");
  }

  @Test
  void aServerThatMovedIsFoundWithTheNextRequest() throws Exception {
    place("127.0.0.2");
    int port;
    try (FakeUpstream before = FakeUpstream.startOn("127.0.0.2", 0, by("before"))) {
      port = before.port();
      try (ChildGateway gateway = start(TestGateway.before(url(port)))) {
        assertEquals("before", post(gateway).text());
        // Behind the second in which an answer is new.
        assertEquals("before", postUntilItIsOld(gateway).text());
        before.kill();
        place("127.0.0.3");
        try (FakeUpstream after = FakeUpstream.startOn("127.0.0.3", port, by("after"))) {
          assertEquals("after", post(gateway).text());
          assertEquals(1, after.seen().size());
        }
      }
    }
  }

  @Test
  void aNameThatWasMissingIsFoundWithTheNextRequest() throws Exception {
    place("");
    try (FakeUpstream upstream = FakeUpstream.startOn("127.0.0.2", 0, by("it"));
        ChildGateway gateway = start(TestGateway.before(url(upstream.port())))) {
      assertEquals(503, post(gateway).status());
      place("127.0.0.2");
      assertEquals("it", post(gateway).text());
    }
  }

  @Test
  void aNameThatTakesTooLongToLookUpMarksNoServerDown() throws Exception {
    Process made = new ProcessBuilder("mkfifo", names.toString()).inheritIO().start();
    assertEquals(0, made.waitFor());
    try (FakeUpstream other = FakeUpstream.startOn("127.0.0.2", 0, by("other"));
        ChildGateway gateway =
            start(
                TestGateway.before(url(1), "http://127.0.0.2:" + other.port())
                    .set("metrics", "{\"enabled\": true}")
                    .set("timeouts", "{\"connectMillis\": 300}")
                    .set("loadBalancer", "{\"healthCheckTimeoutInMilliseconds\": 300}"))) {
      for (int i = 0; i < 4; i++) {
        assertEquals("other", postUntilServed(gateway).text());
      }
      Answer page = ask(gateway, "GET /metrics HTTP/1.1\r\nHost: g\r\n\r\n");
      assertEquals(1, TestGateway.metric(page, "gateway_upstream_up{server=\"" + url(1) + "\"}"));
      assertTrue(TestGateway.metric(page, "gateway_retries_total{reason=\"connect\"}") > 0);
    }
  }

  private ChildGateway start(TestGateway.Plan plan) throws IOException {
    return ChildGateway.start(plan, "", "-Djdk.net.hosts.file=" + names);
  }

  /** At once, so that nobody sees half of it. */
  private void place(String address) throws IOException {
    Path next = folder.resolve("next");
    Files.writeString(next, address.isEmpty() ? "" : address + " " + NAME + "\n");
    Files.move(next, names, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String url(int port) {
    return "http://" + NAME + ":" + port;
  }

  private static FakeUpstream.Script by(String name) {
    return call -> call.respond(200, name);
  }

  private static Answer postUntilItIsOld(ChildGateway gateway) throws IOException {
    long end = System.nanoTime() + 1_500_000_000;
    Answer last = post(gateway);
    while (System.nanoTime() < end) {
      last = post(gateway);
    }
    return last;
  }

  /** A busy machine may not reach or check the other server within 300 ms either; it comes back. */
  private static Answer postUntilServed(ChildGateway gateway) throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    Answer last = post(gateway);
    while (last.status() == 503 && System.nanoTime() < end) {
      Thread.sleep(100);
      last = post(gateway);
    }
    return last;
  }

  private static Answer post(ChildGateway gateway) throws IOException {
    return ask(gateway, TestGateway.postOf("/api/chat", "{}"));
  }

  private static Answer ask(ChildGateway gateway, String request) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client.send(request).answer();
    }
  }
}
