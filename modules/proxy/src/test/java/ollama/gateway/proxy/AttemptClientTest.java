package ollama.gateway.proxy;

import static ollama.gateway.proxy.Stage.GET;
import static ollama.gateway.proxy.Stage.QUESTION;
import static ollama.gateway.proxy.Stage.UPLOAD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
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
 * Scenes of one try on one server in which the client fails it, from before the server is asked
 * until its answer's head is here.
 */
@Timeout(120)
class AttemptClientTest {

  private static final int LARGE = 64 << 20;

  private Stage stage = Stage.ofOneTry();

  AttemptClientTest() throws IOException {}

  @AfterEach
  void strike() throws IOException {
    stage.close();
  }

  @Test
  void aClientThatLeavesWhileTheServerIsConnectedToBlamesNobody() throws Exception {
    stage.close();
    stage = Stage.ofOneThatIsFull("{}");
    Object outcome = stage.playAndLeave(client -> client.say(GET));
    assertInstanceOf(PeerLeftException.class, outcome);
    assertTrue(stage.upstream().up());
  }

  @Test
  void aClientThatLeavesBeforeItsQuestionIsHereCostsNoServerAnything() throws Exception {
    Object outcome = stage.playAndLeave(client -> client.say(QUESTION.replace("question", "que")));
    assertInstanceOf(PeerLeftException.class, outcome);
    assertEquals(0, stage.connections(0));
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
  void aBodyThatBreaksARuleIsTheClientsMistake() throws Exception {
    stage.server(Peer::awaitEnd);
    Played played =
        stage.ask(
            "POST /api/chat HTTP/1.1\nHost: g\nTransfer-Encoding: chunked\n\n2\nab\nno length\n");
    ProtocolException broken = assertInstanceOf(ProtocolException.class, played.outcome());
    assertEquals(400, broken.rule().status());
    assertTrue(stage.upstream().up());
    assertEquals(0, stage.connections(0));
  }

  @Test
  void aBodyThatBreaksARuleWhileItIsSentEndsTheServersWork() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    stage.server(
        server -> {
          String _ = server.hear("ab");
          heard.countDown();
          server.awaitEnd();
          ended.countDown();
        });
    Played played =
        stage.play(
            client -> {
              client.say("POST /api/pull HTTP/1.1\nHost: g\nTransfer-Encoding: chunked\n\n");
              client.say("2\nab\n");
              Stage.await(heard);
              client.say("no length\n");
            });
    ProtocolException broken = assertInstanceOf(ProtocolException.class, played.outcome());
    assertEquals(400, broken.rule().status());
    Stage.await(ended);
    assertTrue(stage.upstream().up());
  }

  @ParameterizedTest
  @ValueSource(strings = {UPLOAD, "POST /api/chat HTTP/1.1\nHost: g\nContent-Length: %d\n\n"})
  void aBodyThatStopsComingIsTheClientsMistake(String head) throws Exception {
    stage.close();
    stage = Stage.ofOneTry("{\"bodyIdleSeconds\": 1}", "{}").server(Peer::awaitEnd);
    Played played = stage.ask(head.formatted(100) + "a part");
    ProtocolException broken = assertInstanceOf(ProtocolException.class, played.outcome());
    assertEquals(Rule.BODY_TOO_SLOW, broken.rule());
  }
}
