package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.balancer.HealthMonitor;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.proxy.Stage.Played;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scenes of one try on one server, until its answer's head is here: each way in which a server or a
 * client fails it. {@link RelayTest} has those behind the head.
 */
@Timeout(120)
class AttemptTest {

  private static final String GET = "GET /api/tags HTTP/1.1\nHost: g\nConnection: close\n\n";
  private static final String QUESTION =
      "POST /api/chat HTTP/1.1\nHost: g\nConnection: close\nContent-Length: 8\n\nquestion";
  private static final String UPLOAD =
      "POST /api/blobs/sha256:0 HTTP/1.1\nHost: g\nConnection: close\nContent-Length: %d\n\n";
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

  @Test
  void aClientThatLeavesWhileTheServerThinksEndsTheServersWork() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    stage.server(
        server -> {
          String _ = server.hear("question");
          heard.countDown();
          server.awaitEnd();
          ended.countDown();
        });
    Object outcome =
        stage.playAndLeave(
            client -> {
              client.say(QUESTION);
              Stage.await(heard);
            });
    assertInstanceOf(PeerLeftException.class, outcome);
    Stage.await(ended);
  }

  @Test
  void aClientThatLeavesAmidItsBodyEndsTheServersWork() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    stage.server(
        server -> {
          String _ = server.hear("a part");
          heard.countDown();
          server.awaitEnd();
          ended.countDown();
        });
    // Larger than what is kept, so that the server has a part before the client has said all.
    Object outcome =
        stage.playAndLeave(
            client -> {
              client.say(UPLOAD.formatted(LARGE));
              client.say("x".repeat(2 << 20) + "a part");
              Stage.await(heard);
            });
    assertInstanceOf(PeerLeftException.class, outcome);
    Stage.await(ended);
  }

  @Test
  void aBodyThatBreaksARuleIsTheClientsMistake() throws Exception {
    stage.server(Peer::awaitEnd);
    Played played =
        stage.ask(
            "POST /api/chat HTTP/1.1\nHost: g\nTransfer-Encoding: chunked\n\n2\nab\nno length\n");
    ProtocolException broken = assertInstanceOf(ProtocolException.class, played.outcome());
    assertEquals(400, broken.rule().status());
    assertTrue(stage.upstream().up());
  }

  @Test
  void aBodyThatStopsComingIsTheClientsMistake() throws Exception {
    given("{\"bodyIdleSeconds\": 1}", "{}").server(Peer::awaitEnd);
    Played played = stage.ask(UPLOAD.formatted(100) + "a part");
    ProtocolException broken = assertInstanceOf(ProtocolException.class, played.outcome());
    assertEquals(Rule.BODY_TOO_SLOW, broken.rule());
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
