package ollama.gateway.proxy;

import static ollama.gateway.proxy.Stage.GET;
import static ollama.gateway.proxy.Stage.QUESTION;
import static ollama.gateway.proxy.Stage.UPLOAD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.balancer.HealthMonitor;
import ollama.gateway.proxy.Stage.Played;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scenes of one try on one server, until its answer's head is here: each way in which a server
 * fails it. {@link AttemptClientTest} has those in which the client does, {@link RelayTest} those
 * behind the head.
 */
@Timeout(120)
class AttemptTest {

  private static final String ANSWER = "HTTP/1.1 200 OK\nContent-Length: 6\n\nanswer";

  /** More than the sockets between two programs hold. */
  private static final int LARGE = 64 << 20;

  private Stage stage = Stage.ofOneTry();

  AttemptTest() throws IOException {}

  @AfterEach
  void strike() throws IOException {
    stage.close();
  }

  private Stage given(String timeouts, String loadBalancer) throws IOException {
    stage.close();
    stage = Stage.ofOneTry(timeouts, loadBalancer);
    return stage;
  }

  @Test
  void aServerThatAnswersIsPassedOnWhole() throws Exception {
    stage.server(
        server -> {
          assertTrue(server.hear("question").startsWith("POST /api/chat HTTP/1.1\r\n"));
          server.say(ANSWER);
        });
    Played played = stage.ask(QUESTION);
    assertEquals(Ending.WHOLE, played.outcome());
    assertTrue(played.heard().startsWith("HTTP/1.1 200 OK\r\n"), played.heard());
    assertTrue(played.heard().endsWith("\r\n\r\nanswer"), played.heard());
  }

  @Test
  void whereNobodyListensNothingIsReachedAndTheServerIsDown() throws Exception {
    stage.close();
    stage = Stage.ofNobody();
    assertFailed(Failure.UNREACHABLE, "refused", stage.ask(GET));
    assertFalse(stage.upstream().up());
  }

  @Test
  void whereConnectingTakesTooLongNothingIsReachedEither() throws Exception {
    stage.close();
    stage = Stage.ofOneThatIsFull("{\"connectMillis\": 300}");
    assertFailed(Failure.UNREACHABLE, "no connection in time", stage.ask(GET));
    assertCounted("gateway_timeouts_total{timeout=\"connect\"} 1");
    assertFalse(stage.upstream().up());
  }

  @Test
  void aQuestionOfManyPiecesIsSentWhole() throws Exception {
    String body = "0123456789".repeat(20_000) + "end";
    stage.server(
        server -> {
          String heard = server.hear("end");
          assertTrue(heard.endsWith("\r\n\r\n" + body), "not as it was sent");
          server.say(ANSWER);
        });
    String length = "Content-Length: " + body.length();
    Played played =
        stage.ask(QUESTION.replace("Content-Length: 8", length).replace("question", body));
    assertEquals(Ending.WHOLE, played.outcome());
  }

  @Test
  void aServerThatClosesBehindTheWholeRequestHasDied() throws Exception {
    stage.server(Peer::hearHead);
    assertFailed(Failure.DIED, "it closed the connection before it answered", stage.ask(GET));
    stage.server(server -> server.hear("question"));
    assertFailed(Failure.DIED, "it closed the connection before it answered", stage.ask(QUESTION));
    assertTrue(stage.upstream().up());
  }

  @Test
  void aServerThatResetsBehindTheWholeRequestHasDied() throws Exception {
    stage.server(
        server -> {
          String _ = server.hear("question");
          server.reset();
        });
    assertFailed(Failure.DIED, "reset", stage.ask(QUESTION));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatEndsAmidTheRequestHasClosed(boolean byReset) throws Exception {
    stage.server(
        server -> {
          String _ = server.hearHead();
          if (byReset) {
            server.reset();
          }
        });
    Played played =
        stage.play(
            client -> {
              client.say(UPLOAD.formatted(LARGE));
              sayAsMuchAsIsTaken(client, LARGE);
            });
    assertFailed(Failure.CLOSED, "", played);
  }

  @Test
  void aServerThatStopsTakingTheRequestHasStalled() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    given("{\"upstreamIdleSeconds\": 1}", "{}")
        .server(
            server -> {
              String _ = server.hearHead();
              Stage.await(over);
            });
    Played played =
        stage.play(
            client -> {
              client.say(UPLOAD.formatted(LARGE));
              sayAsMuchAsIsTaken(client, LARGE);
            });
    over.countDown();
    assertFailed(Failure.STALLED, "it stopped taking the request", played);
    assertCounted("gateway_timeouts_total{timeout=\"upstream_idle\"} 1");
  }

  @Test
  void aServerThatSaysNothingInTimeIsSilent() throws Exception {
    given("{\"firstByteSeconds\": 1}", "{}").server(Peer::awaitEnd);
    assertFailed(Failure.SILENT, "it didn't answer in time", stage.ask(QUESTION));
    assertCounted("gateway_timeouts_total{timeout=\"first_byte\"} 1");
  }

  @Test
  void ofAHeadThatIsNotWholeInTimeNothingIsPassedOn() throws Exception {
    given("{\"firstByteSeconds\": 1}", "{}")
        .server(
            server -> {
              server.say("HTTP/1.1 200 OK\nContent-");
              server.awaitEnd();
            });
    assertFailed(Failure.SILENT, "it didn't answer in time", stage.ask(GET));
  }

  @Test
  void aSilentServerWhoseChecksFailIsLeftWhereThatIsAllowed() throws Exception {
    given("{}", "{\"checkAfterSilenceMillis\": 100}").server(Peer::awaitEnd).mayLeave();
    try (HealthMonitor _ = stage.checksFail(new CountDownLatch(0))) {
      assertFailed(
          Failure.DEAD, "it said nothing, and nobody answers there any more", stage.ask(GET));
    }
  }

  @Test
  void oneThatDoesNotEvenTakeTheRequestIsLeftToo() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    given("{}", "{\"checkAfterSilenceMillis\": 100}")
        .server(
            server -> {
              String _ = server.hearHead();
              Stage.await(over);
            })
        .mayLeave();
    try (HealthMonitor _ = stage.checksFail(new CountDownLatch(0))) {
      Played played =
          stage.play(
              client -> {
                client.say(UPLOAD.formatted(LARGE));
                sayAsMuchAsIsTaken(client, LARGE);
              });
      assertFailed(Failure.DEAD, "it said nothing, and nobody answers there any more", played);
    } finally {
      over.countDown();
    }
  }

  @Test
  void aSilentServerWhoseChecksFailIsWaitedForWhereNoOtherIsLeft() throws Exception {
    given("{\"firstByteSeconds\": 1}", "{\"checkAfterSilenceMillis\": 100}").server(Peer::awaitEnd);
    try (HealthMonitor _ = stage.checksFail(new CountDownLatch(0))) {
      assertFailed(Failure.SILENT, "it didn't answer in time", stage.ask(GET));
    }
  }

  @Test
  void anAnswerThatIsHereIsHeardThoughTheServerWasFoundDead() throws Exception {
    given("{}", "{\"checkAfterSilenceMillis\": 4000, \"healthCheckIntervalInSeconds\": 86400}");
    CountDownLatch checks = new CountDownLatch(2);
    stage.server(
        server -> {
          String _ = server.hear("question");
          // The first is due anyway, the second because the server is silent.
          Stage.await(checks);
          stage.mayLeave();
          server.say(ANSWER);
        });
    try (HealthMonitor _ = stage.checksFail(checks)) {
      assertEquals(Ending.WHOLE, stage.ask(QUESTION).outcome());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aHeadThatEndsInItsMiddleIsACut(boolean byReset) throws Exception {
    stage.server(
        server -> {
          String _ = server.hear("question");
          server.say("HTTP/1.1 200 OK\nContent-");
          if (byReset) {
            server.reset();
          }
        });
    Played played = stage.ask(QUESTION);
    // What was said before a reset may be lost with it.
    Outcome.Failed failed = assertInstanceOf(Outcome.Failed.class, played.outcome());
    assertTrue(
        failed.failure() == Failure.CUT || (byReset && failed.failure() == Failure.DIED),
        failed.toString());
    assertUntouched(played);
  }

  @Test
  void aHeadThatBreaksARuleIsMalformed() throws Exception {
    stage.server(
        server -> {
          String _ = server.hearHead();
          server.say("HTTP/1.1 200 OK\nno field\n\n");
        });
    assertFailed(Failure.MALFORMED, "its answer is malformed: ", stage.ask(GET));
    assertCounted("gateway_upstream_rejected_total{reason=");
  }

  @Test
  void whatABodyBreaksBeforeTheClientHasAByteIsMalformedToo() throws Exception {
    stage.server(
        server -> {
          String _ = server.hearHead();
          server.say("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nno length\n");
        });
    assertFailed(Failure.MALFORMED, "its answer is malformed: ", stage.ask(GET));
  }

  @Test
  void anInterimAnswerIsPassedOnAndChangesNothing() throws Exception {
    stage.server(
        server -> {
          String _ = server.hear("question");
          server.say("HTTP/1.1 100 Continue\n\n");
          server.say("HTTP/1.1 103 Early Hints\nX-Hint: a\n\n");
          server.say(ANSWER);
        });
    Played played = stage.ask(QUESTION);
    assertEquals(Ending.WHOLE, played.outcome());
    assertTrue(played.heard().startsWith("HTTP/1.1 103 Early Hints\r\n"), played.heard());
    assertTrue(played.heard().contains("X-Hint: a\r\n"), played.heard());
    assertTrue(played.heard().endsWith("answer"), played.heard());
  }

  @Test
  void anInterimAnswerIsNoAnswer() throws Exception {
    stage.server(
        server -> {
          String _ = server.hearHead();
          server.say("HTTP/1.1 102 Processing\n\n");
        });
    Played played = stage.ask(GET);
    Outcome.Failed failed = assertInstanceOf(Outcome.Failed.class, played.outcome());
    assertEquals(Failure.CUT, failed.failure());
  }

  @Test
  void anAnswerThatComesBeforeTheWholeRequestIsPassedOn() throws Exception {
    stage.server(
        server -> {
          String _ = server.hearHead();
          server.say("HTTP/1.1 400 Bad Request\nContent-Length: 2\nConnection: close\n\nno");
          server.awaitEnd();
        });
    Played played =
        stage.play(
            client -> {
              client.say(UPLOAD.formatted(LARGE));
              client.say("a part");
            });
    assertEquals(Ending.WHOLE, played.outcome());
    assertTrue(played.heard().startsWith("HTTP/1.1 400 Bad Request\r\n"), played.heard());
    assertTrue(played.heard().endsWith("\r\n\r\nno"), played.heard());
  }

  @Test
  void anIdleConnectionIsUsedWhereThatIsAllowed() throws Exception {
    stage
        .server(
            server -> {
              while (true) {
                String _ = server.hearHead();
                server.say(ANSWER);
              }
            })
        .mayReuse();
    for (int i = 0; i < 20; i++) {
      assertEquals(Ending.WHOLE, stage.ask(GET).outcome());
    }
    // On the fallback a connection may be thought to have more to say, and isn't kept then.
    assertTrue(
        stage.connections(0) == 1 || (SchedulerTest.FALLBACK && stage.connections(0) < 20),
        stage.connections(0) + " connections");
  }

  private void assertCounted(String line) {
    String all = stage.metrics();
    assertTrue(all.contains(line), all);
  }

  private static void assertFailed(Failure failure, String why, Played played) {
    Outcome.Failed failed = assertInstanceOf(Outcome.Failed.class, played.outcome());
    assertEquals(failure, failed.failure(), failed.why());
    assertTrue(failed.why().contains(why), failed.why());
    assertUntouched(played);
  }

  /** The client has seen nothing, so that another server may be asked. */
  private static void assertUntouched(Played played) {
    assertTrue(played.heard().endsWith("\r\n\r\n" + Stage.UNTOUCHED), played.heard());
    assertTrue(played.heard().startsWith("HTTP/1.1 500 "), played.heard());
  }

  private static void sayAsMuchAsIsTaken(Peer client, int bytes) {
    String piece = "x".repeat(1 << 16);
    try {
      for (int i = 0; i < bytes / piece.length(); i++) {
        client.say(piece);
      }
    } catch (IOException e) {
      // Nobody takes the rest.
    }
  }
}
