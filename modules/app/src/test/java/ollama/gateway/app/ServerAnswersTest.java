package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FakeUpstream.Script;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of servers: whatever their status, with others before them, malformed, cut off. */
class ServerAnswersTest {

  private static final String EARLY_HINTS =
      """
      HTTP/1.1 103 Early Hints
      Content-Length: 5
      X-Request-Id: theirs
      Link: </x>

      """
          .replace("\n", "\r\n");

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two");

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 429, 499, 500, 501, 505})
  void anAnswerIsAnAnswerThoughItIsAnError(int status) throws Exception {
    Script refuse = call -> call.respond(status, "{\"error\":\"no\"}");
    both(refuse);
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      Answer answer = gateway.post("/api/chat", "{}");
      assertEquals(status, answer.status());
      assertEquals("{\"error\":\"no\"}", answer.text());
      assertEquals(1, one.seen().size() + two.seen().size());
      assertEquals(2, gateway.up(one.url()) + gateway.up(two.url()));
    }
  }

  @Test
  void interimAnswersGoToClientsOfHttp11Only() throws Exception {
    one.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 100 Continue\r\n\r\n" + EARLY_HINTS);
          call.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect();
        RawClient old = gateway.connect()) {
      client.send(TestGateway.postOf("/api/chat", "{}"));
      assertEquals("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", client.head().text());
      assertEquals("{}", client.answer().text());
      old.send(TestGateway.postOf("/api/chat", "{}").replace("HTTP/1.1", "HTTP/1.0"));
      assertEquals(200, old.head().status());
    }
  }

  @Test
  void aServerThatSendsInterimAnswersWithoutEndIsABadGateway() throws Exception {
    one.script(
        call -> {
          String _ = call.readBody();
          call.send("HTTP/1.1 102 Processing\r\n\r\n".repeat(100));
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect()) {
      client.send(TestGateway.postOf("/api/pull", "{}"));
      int status = 102;
      while (status == 102) {
        status = client.head().status();
      }
      assertEquals(502, status);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX y: 1\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      })
  void aMalformedAnswerIsABadGatewayAndIsNotTriedElsewhere(String bytes) throws Exception {
    Script malformed =
        call -> {
          String _ = call.readBody();
          call.send(bytes);
        };
    both(malformed);
    try (TestGateway gateway = TestGateway.startChecked(one, two);
        RawClient client = gateway.connect()) {
      Answer answer = client.send(TestGateway.postOf("/api/chat", "{}")).answer();
      assertEquals(502, answer.status());
      assertTrue(answer.text().contains("sent a malformed answer (request "), answer.text());
      assertEquals(1, one.seen().size() + two.seen().size());
      // The client's connection is in order.
      one.script(call -> call.respond(200, "{}"));
      two.script(call -> call.respond(200, "{}"));
      assertEquals("{}", client.send(TestGateway.postOf("/api/chat", "{}")).answer().text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zz\r\n", "2\r\nabX", "-1\r\n", "5\r\nab"})
  void aStreamThatGetsMalformedIsCut(String bytes) throws Exception {
    Script malformed =
        call -> {
          String _ = call.readBody();
          call.send(Bytes.STREAM_HEAD + Bytes.chunk("{}\n"));
          call.send(bytes);
          call.close();
        };
    both(malformed);
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      Answer answer = gateway.post("/api/chat", "{}");
      if (answer.status() != 502) {
        assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      }
      assertEquals(1, one.seen().size() + two.seen().size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\n"})
  void aServerThatDiesInItsHeadIsABadGateway(String bytes) throws Exception {
    Script dies =
        call -> {
          String _ = call.readBody();
          call.send(bytes);
          call.close();
        };
    both(dies);
    try (TestGateway gateway = TestGateway.startChecked(one, two)) {
      assertEquals(502, gateway.post("/api/chat", "{}").status());
      assertEquals(1, one.seen().size() + two.seen().size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        "HTTP/1.1 200 OK\r\n\r\n12345",
      })
  void anAnswerThatIsCutOffIsCutOffForTheClientToo(String begin) throws Exception {
    CountDownLatch clientHasIt = new CountDownLatch(1);
    one.script(
        call -> {
          String _ = call.readBody();
          call.send(begin);
          call.await(clientHasIt);
          call.reset();
        });
    try (TestGateway gateway = TestGateway.start(one);
        RawClient client = gateway.connect();
        RawClient old = gateway.connect()) {
      client.send(TestGateway.postOf("/api/chat", "{}"));
      old.send(TestGateway.postOf("/api/chat", "{}").replace("HTTP/1.1", "HTTP/1.0"));
      Head head = client.head();
      Head oldHead = old.head();
      clientHasIt.countDown();
      Answer answer = client.body(head, false);
      assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      // Where the end of the connection is the end of the answer, only a reset tells.
      Answer oldAnswer = old.body(oldHead, false);
      boolean hasLength = begin.contains("Content-Length");
      assertTrue(
          oldAnswer.end() == End.RESET || (hasLength && oldAnswer.end() == End.CUT),
          oldAnswer.toString());
    }
  }

  private void both(Script script) {
    one.script(script);
    two.script(script);
  }
}
