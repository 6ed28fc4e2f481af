package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
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

  private static int status(ChildGateway gateway, String request) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client.send(request).answer().status();
    }
  }

  private static void awaitTold(ChildGateway gateway, String text, String kind) throws IOException {
    Pattern line = Pattern.compile("refused a request of 127\\.0\\.0\\.1: " + text);
    Pattern more = Pattern.compile("… (\\d+) more like it: " + kind);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    long told = 0;
    while (told != REQUESTS) {
      assertTrue(System.nanoTime() - deadline < 0, told + " " + gateway.log());
      String log = gateway.log();
      told = line.matcher(log).results().count();
      told +=
          more.matcher(log)
              .results()
              .map(MatchResult::group)
              .map(found -> found.replaceAll("\\D", ""))
              .mapToLong(Long::parseLong)
              .sum();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
