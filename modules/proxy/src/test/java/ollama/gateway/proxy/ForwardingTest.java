package ollama.gateway.proxy;

import static ollama.gateway.proxy.Stage.QUESTION;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.balancer.HealthMonitor;
import ollama.gateway.proxy.Stage.Played;
import ollama.gateway.proxy.Stage.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scenes of a request's way from server to server: who is asked next, and what the client hears.
 */
@Timeout(120)
class ForwardingTest {

  private static final String SHORT_WAITS = "{\"firstByteSeconds\": 1, \"upstreamIdleSeconds\": 1}";

  /** Not harmless to do twice. */
  private static final String PULL = QUESTION.replace("/api/chat", "/api/pull");

  private static final Script ANSWERS =
      server -> {
        String _ = server.hear("question");
        server.say("HTTP/1.1 200 OK\nContent-Length: 6\n\nanswer");
      };

  /**
   * In which way the first server fails, and what the client hears then: 200 is the second one's
   * answer.
   */
  enum Failing {
    IS_NOT_THERE(200, 200),
    CLOSES_BEHIND_THE_REQUEST(200, 502),
    RESETS_BEHIND_THE_REQUEST(200, 502),
    SAYS_NOTHING(504, 504),
    BREAKS_OFF_ITS_HEAD(502, 502),
    BREAKS_A_RULE(502, 502),
    ANSWERS_WITH_A_FAILURE(500, 500);

    private final int statusOfChat;
    private final int statusOfPull;

    Failing(int statusOfChat, int statusOfPull) {
      this.statusOfChat = statusOfChat;
      this.statusOfPull = statusOfPull;
    }

    void play(Peer server) throws IOException {
      String _ = this == IS_NOT_THERE ? "" : server.hear("question");
      switch (this) {
        case IS_NOT_THERE, CLOSES_BEHIND_THE_REQUEST -> {}
        case RESETS_BEHIND_THE_REQUEST -> server.reset();
        case SAYS_NOTHING -> server.awaitEnd();
        case BREAKS_OFF_ITS_HEAD -> server.say("HTTP/1.1 200 O");
        case BREAKS_A_RULE -> server.say("HTTP/1.1 200 OK\nno field\n\n");
        case ANSWERS_WITH_A_FAILURE ->
            server.say("HTTP/1.1 500 Internal Server Error\nContent-Length: 0\n\n");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsHarmlessToRepeatGoesOnAsFarAsThatMayHelp(Failing failing) throws Exception {
    assertGoesOn(QUESTION, failing, failing.statusOfChat);
  }

  @ParameterizedTest
  @EnumSource
  void whatMayDoHarmGoesOnOnlyWhereNothingWasSent(Failing failing) throws Exception {
    assertGoesOn(PULL, failing, failing.statusOfPull);
  }

  private static void assertGoesOn(String request, Failing failing, int status) throws Exception {
    boolean absent = failing == Failing.IS_NOT_THERE;
    int second = absent ? 0 : 1;
    try (Stage stage = Stage.ofServers(absent ? 1 : 0, absent ? 1 : 2, SHORT_WAITS)) {
      stage.server(0, failing::play).server(second, ANSWERS);
      Played played = stage.ask(request);
      assertEquals(Ending.WHOLE, played.outcome());
      assertTrue(played.heard().startsWith("HTTP/1.1 " + status + " "), played.heard());
      assertEquals(status == 200 ? 1 : 0, stage.connections(second));
      assertEquals(status == 200, played.heard().endsWith("answer"), played.heard());
    }
  }

  @Test
  void whatIsHarmlessToRepeatLeavesAServerThatIsFoundDeadInSilence() throws Exception {
    try (Stage stage = ofTwoOfWhomOneFallsSilent("{}")) {
      Played played = askWhileChecksFail(stage, QUESTION);
      assertTrue(played.heard().endsWith("answer"), played.heard());
      assertTrue(stage.metrics().contains("gateway_retries_total{reason=\"silent\"} 1"));
    }
  }

  @Test
  void whatMayDoHarmStaysWithAServerThatIsFoundDeadInSilence() throws Exception {
    try (Stage stage = ofTwoOfWhomOneFallsSilent("{\"firstByteSeconds\": 2}")) {
      Played played = askWhileChecksFail(stage, PULL);
      assertTrue(played.heard().startsWith("HTTP/1.1 504 "), played.heard());
      assertEquals(0, stage.connections(1));
    }
  }

  private static Stage ofTwoOfWhomOneFallsSilent(String timeouts) throws IOException {
    return Stage.ofServers(2, timeouts, "{\"checkAfterSilenceMillis\": 100}").server(1, ANSWERS);
  }

  /** The first server's checks begin to fail when it has the request. */
  private static Played askWhileChecksFail(Stage stage, String request) throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    stage.server(
        server -> {
          String _ = server.hear("question");
          heard.countDown();
          server.awaitEnd();
        });
    AtomicReference<HealthMonitor> monitor = new AtomicReference<>();
    try {
      return stage.play(
          client -> {
            client.say(request);
            Stage.await(heard);
            monitor.set(stage.checksFail(new CountDownLatch(0)));
          });
    } finally {
      monitor.get().close();
    }
  }

  @Test
  void nothingIsRepeatedOnceTheClientHasAByte() throws Exception {
    try (Stage stage = Stage.ofServers(2, "{}")) {
      stage
          .server(
              0,
              server -> {
                String _ = server.hear("question");
                server.say("HTTP/1.1 200 OK\nContent-Length: 6\n\nans");
              })
          .server(1, ANSWERS);
      Played played = stage.ask(QUESTION);
      assertInstanceOf(Ending.Cut.class, played.outcome());
      assertTrue(played.heard().contains("\r\n\r\nans"), played.heard());
      assertEquals(0, stage.connections(1));
    }
  }

  @Test
  void aRequestThatEndsTwoServersGoesToNoThird() throws Exception {
    try (Stage stage = Stage.ofServers(3, "{}")) {
      for (int i = 0; i < 3; i++) {
        stage.server(i, server -> server.hear("question"));
      }
      Played played = stage.ask(QUESTION);
      assertTrue(played.heard().startsWith("HTTP/1.1 502 "), played.heard());
      assertEquals(2, connections(stage));
      // The same once more ends one: it is known by now.
      assertTrue(stage.ask(QUESTION).heard().startsWith("HTTP/1.1 502 "));
      assertEquals(3, connections(stage));
    }
  }

  private static int connections(Stage stage) {
    return stage.connections(0) + stage.connections(1) + stage.connections(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void whereNobodyIsThereTheClientIsToldToComeAgain(int servers) throws Exception {
    try (Stage stage = Stage.ofServers(servers, 0, "{}")) {
      String heard = stage.ask(PULL).heard();
      assertTrue(heard.startsWith("HTTP/1.1 503 "), heard);
      assertTrue(heard.contains("\r\nRetry-After: 1\r\n"), heard);
      assertTrue(heard.contains(servers + " tried"), heard);
    }
  }

  @Test
  void anIdleConnectionThatTheServerLeftIsReplacedAtTheSameServer() throws Exception {
    AtomicInteger left = new AtomicInteger();
    try (Stage stage = Stage.ofServers(1, "{}")) {
      // Each connection is good for one request, and ends with the second one.
      stage.server(
          server -> {
            ANSWERS.play(server);
            String _ = server.hear("question");
            left.incrementAndGet();
          });
      for (int i = 0; i < 20; i++) {
        Played played = stage.ask(QUESTION);
        assertTrue(played.heard().endsWith("answer"), played.heard());
      }
      assertTrue(left.get() == 19 || (SchedulerTest.FALLBACK && left.get() > 0), left + " left");
      assertTrue(
          stage.metrics().lines().noneMatch(line -> line.matches("gateway_retries.* [1-9].*")));
    }
  }

  @Test
  void aServerThatIsGoneTogetherWithItsIdleConnectionHasDied() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    try (Stage stage = Stage.ofServers(1, "{}")) {
      stage.server(
          server -> {
            ANSWERS.play(server);
            stage.stopListening(0);
            gone.countDown();
            String _ = server.hear("question");
          });
      assertTrue(stage.ask(QUESTION).heard().endsWith("answer"));
      Stage.await(gone);
      String heard = stage.ask(QUESTION).heard();
      assertTrue(heard.startsWith("HTTP/1.1 503 "), heard);
      // On the fallback the connection may not have been kept.
      assertTrue(
          heard.contains("the last closed the connection before it answered")
              || (SchedulerTest.FALLBACK && heard.contains("the last could not be reached")),
          heard);
    }
  }
}
