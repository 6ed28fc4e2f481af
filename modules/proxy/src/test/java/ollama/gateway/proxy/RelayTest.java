package ollama.gateway.proxy;

import static ollama.gateway.proxy.Stage.GET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.PayloadObserver;
import ollama.gateway.proxy.Stage.Played;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenes behind the head of an answer, once the client has some of it. */
@Timeout(120)
class RelayTest {

  private static final String CHUNKED = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n";
  private static final String COUNTED = "HTTP/1.1 200 OK\nContent-Length: 10\n\n";

  private Stage stage = Stage.ofOneTry();

  RelayTest() throws IOException {}

  @AfterEach
  void strike() throws IOException {
    stage.close();
  }

  private Stage given(String timeouts) throws IOException {
    stage.close();
    stage = Stage.ofOneTry(timeouts, "{}");
    return stage;
  }

  /** The rest of a scene, once the client has the first bytes. */
  private Played behindTheFirstBytes(String begin, Stage.Script rest) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    stage.server(
        server -> {
          String _ = server.hearHead();
          server.say(begin);
          Stage.await(begun);
          rest.play(server);
        });
    return stage.play(
        client -> {
          client.say(GET);
          String _ = client.hear("begin");
          begun.countDown();
        });
  }

  @Test
  void eachPieceIsHereBeforeTheNextIsSaid() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    stage.server(
        server -> {
          String _ = server.hearHead();
          server.say(CHUNKED + "3\none\n");
          Stage.await(first);
          server.say("3\ntwo\n");
          Stage.await(second);
          server.say("0\n\n");
        });
    Played played =
        stage.play(
            client -> {
              client.say(GET);
              String _ = client.hear("one");
              first.countDown();
              String _ = client.hear("two");
              second.countDown();
            });
    assertEquals(Ending.WHOLE, played.outcome());
    assertEquals("\r\n0\r\n\r\n", played.heard());
  }

  @Test
  void anAnswerThatEndsWithItsConnectionIsWhole() throws Exception {
    Played played =
        behindTheFirstBytes("HTTP/1.1 200 OK\n\nbegin", server -> server.say(" and end"));
    assertEquals(Ending.WHOLE, played.outcome());
    assertTrue(played.heard().contains(" and end"), played.heard());
    assertTrue(played.heard().endsWith("0\r\n\r\n"), played.heard());
  }

  @ParameterizedTest
  @ValueSource(strings = {CHUNKED + "5\nbegin\n", CHUNKED + "9\nbegin", COUNTED + "begin"})
  void aServerThatClosesInMidAnswerCutsIt(String begin) throws Exception {
    Played played = behindTheFirstBytes(begin, server -> {});
    assertCut(Failure.CUT, "it closed the connection in mid-answer", played);
  }

  @Test
  void aServerThatResetsInMidAnswerCutsIt() throws Exception {
    Played played = behindTheFirstBytes(CHUNKED + "5\nbegin\n", Peer::reset);
    assertCut(Failure.CUT, "reset", played);
  }

  @Test
  void aChunkThatBreaksARuleCutsTheAnswer() throws Exception {
    Played played =
        behindTheFirstBytes(CHUNKED + "5\nbegin\n", server -> server.say("no length\n"));
    assertCut(Failure.MALFORMED, "its answer is malformed: ", played);
    assertTrue(stage.metrics().contains("gateway_upstream_rejected_total{reason="));
  }

  @Test
  void aServerThatStopsInMidAnswerCutsIt() throws Exception {
    given("{\"upstreamIdleSeconds\": 1}");
    Played played = behindTheFirstBytes(CHUNKED + "5\nbegin\n", Peer::awaitEnd);
    assertCut(Failure.CUT, "it stopped in mid-answer", played);
    String all = stage.metrics();
    assertTrue(all.contains("gateway_timeouts_total{timeout=\"upstream_idle\"} 1"), all);
  }

  @Test
  void aClientThatLeavesInMidAnswerEndsTheServersWork() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    stage.server(
        server -> {
          String _ = server.hearHead();
          server.say(CHUNKED + "5\nbegin\n");
          server.awaitEnd();
          ended.countDown();
        });
    Object outcome =
        stage.playAndLeave(
            client -> {
              client.say(GET);
              String _ = client.hear("begin");
            });
    assertInstanceOf(PeerLeftException.class, outcome);
    Stage.await(ended);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMistakeOfOursEndsThisAnswerAndNoOther(boolean isError) throws Exception {
    // The second piece comes while the request's thread is parked: it is the loop that errs.
    AtomicInteger pieces = new AtomicInteger();
    stage.observer(
        (in, from, count) -> {
          if (pieces.incrementAndGet() == 2) {
            throwAnyway(isError ? new StackOverflowError() : new IndexOutOfBoundsException());
          }
        });
    Played played =
        behindTheFirstBytes(CHUNKED + "5\nbegin\n", server -> server.say("3\nend\n0\n\n"));
    // Where loops carry no threads, it is the request's own that errs.
    Throwable told = assertInstanceOf(Throwable.class, played.outcome());
    Throwable mistake = told instanceof IllegalStateException ? told.getCause() : told;
    assertEquals(isError, mistake instanceof StackOverflowError, told::toString);
    assertEquals(!isError, mistake instanceof IndexOutOfBoundsException, told::toString);
    assertFalse(played.heard().contains("0\r\n\r\n"), played.heard());

    stage.observer(PayloadObserver.NONE).server(server -> server.say(COUNTED + "0123456789"));
    assertEquals(Ending.WHOLE, stage.ask(GET).outcome());
  }

  private static void throwAnyway(Throwable mistake) {
    switch (mistake) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError(mistake);
    }
  }

  @Test
  void aClientThatTakesNothingMoreIsGivenUp() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    given("{\"writeStallSeconds\": 1}")
        .server(
            server -> {
              String _ = server.hearHead();
              server.say("HTTP/1.1 200 OK\n\nbegin");
              try {
                server.sayEndlessly("x".repeat(1 << 16));
              } finally {
                ended.countDown();
              }
            });
    Object outcome =
        stage.playAndLeave(
            client -> {
              client.say(GET);
              String _ = client.hear("begin");
              Stage.await(ended);
            });
    PeerLeftException left = assertInstanceOf(PeerLeftException.class, outcome);
    assertTrue(left.stalled(), left.toString());
  }

  /** The client has a part, and can't take it for the whole. */
  private static void assertCut(Failure failure, String why, Played played) {
    Ending.Cut cut = assertInstanceOf(Ending.Cut.class, played.outcome());
    assertEquals(failure, cut.failure(), cut.why());
    assertTrue(cut.why().contains(why), cut.why());
    assertFalse(played.heard().contains("0\r\n\r\n"), played.heard());
    assertFalse(played.heard().contains(Stage.UNTOUCHED), played.heard());
  }
}
