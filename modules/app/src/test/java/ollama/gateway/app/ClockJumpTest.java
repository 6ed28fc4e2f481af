package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.stream.Stream;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.NumberedStreams;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody sets the clock: days forward, days back. Only what shows the time may notice. */
class ClockJumpTest {

  private static final int STREAMS = 20;
  private static final int LINES = 200;
  private static final int REQUESTS_MAX = STREAMS + 50;

  /**
   * libfaketime keeps the offset that it read in one place for all threads, unlocked: a thread that
   * read the old file may write it over the new one for the call of another.
   */
  private static final int TRIES_MAX = 8;

  private static final String HEAD = TestGateway.getOf("/api/tags");

  @TempDir private Path folder;

  private int admitted;

  @Test
  void streamsTimeoutsAndLimitsGoOn() throws Exception {
    Optional<Path> library = library();
    assumeTrue(
        library.isPresent(),
        "not checked: what a clock that jumps does: libfaketime isn't installed"
            + " (apt-get install libfaketime)");
    jump("+0");
    String shell =
        ("export LD_PRELOAD=%s FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1"
                + " FAKETIME_DONT_FAKE_MONOTONIC=1")
            .formatted(library.get(), offset());
    try (FakeUpstream upstream = FakeUpstream.start(ClockJumpTest::answer);
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream)
                    .set("rateLimit", limit())
                    .set("timeouts", "{\"upstreamIdleSeconds\": 60}"),
                shell);
        NumberedStreams streams = new NumberedStreams(gateway.address(), STREAMS, LINES);
        RawClient client = gateway.connect()) {
      assertNear(Duration.ZERO, client);
      jump("+3d");
      assertNear(Duration.ofDays(3), client);
      jump("-7d");
      assertNear(Duration.ofDays(-7), client);

      assertEquals(new NumberedStreams.Outcome(STREAMS, 0, 0), streams.await());
      assertNear(Duration.ofDays(-7), client);
      assertNear(Duration.ofDays(-7), client);
      jump("+30d");
      // The window hasn't passed: what was counted still counts.
      while (client.send(HEAD).answer().status() == 200) {
        admitted++;
      }
      assertEquals(REQUESTS_MAX, STREAMS + admitted);
      assertFalse(gateway.log().contains("Exception"), gateway.log());
    }
  }

  private static void answer(Call call) throws IOException {
    if (call.method().equals("GET")) {
      call.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    } else {
      NumberedStreams.play(call);
    }
  }

  private static String limit() {
    return "{\"enabled\": true, \"maxRequests\": %d, \"timeWindowSeconds\": 600}"
        .formatted(REQUESTS_MAX);
  }

  /** Makes requests; the date of an answer must be so far from now. */
  private void assertNear(Duration jumped, RawClient client) throws IOException {
    Answer answer = ask(client);
    for (int tries = 1; !isNear(jumped, answer) && tries < TRIES_MAX; tries++) {
      answer = ask(client);
    }
    assertTrue(isNear(jumped, answer), answer.head() + " isn't now and " + jumped);
  }

  private Answer ask(RawClient client) throws IOException {
    Answer answer = client.send(HEAD).answer();
    assertEquals(200, answer.status());
    admitted++;
    return answer;
  }

  private static boolean isNear(Duration jumped, Answer answer) {
    Instant date = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(answer.field("Date")));
    Duration error = Duration.between(Instant.now().plus(jumped), date).abs();
    return error.compareTo(Duration.ofMinutes(10)) < 0;
  }

  private Path offset() {
    return folder.resolve("offset");
  }

  /** In one step, so that nobody reads half of it. */
  private void jump(String to) throws IOException {
    Path next = folder.resolve("next");
    Files.writeString(next, to + "\n");
    Files.move(next, offset(), StandardCopyOption.ATOMIC_MOVE);
  }

  private static Optional<Path> library() throws IOException {
    Path top = Path.of("/usr/lib");
    try (Stream<Path> found =
        Files.find(top, 3, (p, _) -> p.endsWith("faketime/libfaketime.so.1"))) {
      return found.findFirst();
    }
  }
}
