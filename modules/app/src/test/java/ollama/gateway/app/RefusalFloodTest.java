package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;

/** Many requests that are refused leave few lines in the log, which tell of all of them. */
class RefusalFloodTest {

  private static final int REQUESTS = 400;
  private static final String NO_HOST = "GET / HTTP/1.1\r\n\r\n";
  private static final String BODY = TestGateway.postOf("/api/chat", "12345");

  @Test
  void aFloodOfRefusalsIsLoggedAtABoundedRate() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream).set("limits", "{\"bodyBytes\": 4}"), ":")) {
      long begin = System.nanoTime();
      for (int i = 0; i < REQUESTS; i++) {
        assertEquals(400, status(gateway, NO_HOST));
        assertEquals(413, status(gateway, BODY));
      }
      awaitTold(gateway, "no Host field", "host_missing");
      awaitTold(gateway, "request body too large", "body_too_large");
      long seconds = 1 + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
      long lines = gateway.log().lines().count();
      // Of two kinds, with their sums; and what is said at the start.
      assertTrue(lines <= (seconds + 1) * 2 * 6 + 10, lines + " lines in " + seconds + " s");
    }
  }

  /** With a key, but one that may not administer, and without one. */
  private static final List<String> ANSWERED_HERE =
      List.of(
          "GET /api/tags HTTP/1.1\r\nHost: g\r\n\r\n",
          "GET /%s HTTP/1.1\r\nHost: g\r\nAuthorization: %s\r\n\r\n",
          TestGateway.getOf("/gateway/x"),
          "GET / HTTP/1.1\r\nHost: g\r\n\r\n");

  @Test
  void aFloodOfRequestsThatNoServerIsAskedForIsLoggedAtABoundedRate() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream)
                    .set("logging", "true")
                    .set("limits", "{\"loggedPathBytes\": 40}")
                    .set("security", "{\"maxFailuresPerMinute\": 10}"),
                ":")) {
      long begin = System.nanoTime();
      String path = "x/".repeat(2_000);
      for (int i = 0; i < REQUESTS; i++) {
        for (String request : ANSWERED_HERE) {
          int status = status(gateway, request.formatted(path, "wrong"));
          assertTrue(status == 200 || status / 100 == 4, "status " + status);
        }
      }
      awaitTold(gateway, Pattern.compile("GET /api/tags status=401"), "401 /api/tags", REQUESTS);
      awaitTold(gateway, Pattern.compile("GET (/x)+/… status=401"), "401 other", 10);
      awaitTold(gateway, Pattern.compile("GET (/x)+/… status=429"), "429 other", REQUESTS - 10);
      awaitTold(gateway, Pattern.compile("GET /gateway/x status=404"), "404 /gateway/", REQUESTS);
      awaitTold(gateway, Pattern.compile("GET / status=200"), "200 /", REQUESTS);
      long seconds = 1 + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
      String log = gateway.log();
      // Of six kinds (429 is a warning too), with their sums; and what is said at the start.
      long most = (seconds + 1) * 6 * 6 + 12;
      assertTrue(log.lines().count() <= most, log.lines().count() + " lines in " + seconds + " s");
      assertTrue(log.lines().allMatch(line -> !isRequest(line) || line.length() < 250), log);
      // What a server was asked for is logged as often as it happens.
      for (int i = 0; i < 20; i++) {
        assertEquals(200, status(gateway, BODY));
      }
      awaitTold(gateway, Pattern.compile("POST /api/chat status=200"), "none", 20);
    }
  }

  private static boolean isRequest(String line) {
    return line.contains(" status=");
  }

  private static int status(ChildGateway gateway, String request) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client.send(request).answer().status();
    }
  }

  private static void awaitTold(ChildGateway gateway, String text, String kind) throws IOException {
    Pattern line = Pattern.compile("refused a request of 127\\.0\\.0\\.1: " + text);
    awaitTold(gateway, line, kind, REQUESTS);
  }

  private static void awaitTold(ChildGateway gateway, Pattern line, String kind, int requests)
      throws IOException {
    Pattern more = Pattern.compile("… (\\d+) more like it: " + kind);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    long told = 0;
    while (told != requests) {
      assertTrue(System.nanoTime() - deadline < 0, told + " " + gateway.log());
      String log = gateway.log();
      told = line.matcher(log).results().count();
      told += more.matcher(log).results().mapToLong(found -> Long.parseLong(found.group(1))).sum();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
