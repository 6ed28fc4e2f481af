package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Whatever a server sends, a client gets one whole answer to each request, an error, or an end that
 * nobody can take for a clean one; and never the answer to another request.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnswerDifferentialTest {

  private static final String HOSTILE = "/api/chat?hostile";
  private static final String AFTER = "{\"after\":true}";
  private static final String SEPARATORS = "\r\n\0\t :;,";

  private FakeUpstream upstream;
  private TestGateway gateway;
  private RawClient neighbour;
  private volatile List<String> parts = List.of();
  private volatile boolean closes;

  @BeforeAll
  void start() throws Exception {
    upstream = FakeUpstream.start(this::play);
    gateway = TestGateway.start(upstream);
    neighbour = gateway.connect();
  }

  @AfterAll
  void close() throws IOException {
    neighbour.close();
    gateway.close();
    upstream.close();
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.app.HostileAnswer#WHOLE")
  void aWholeAnswerIsThatAndNoMore(HostileAnswer hostile) throws Exception {
    everyWay(hostile);
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource({
    "ollama.gateway.app.HostileAnswer#BROKEN_HEADS",
    "ollama.gateway.app.HostileAnswer#BROKEN_BODIES"
  })
  void aBrokenAnswerIsAnErrorOrAborted(HostileAnswer hostile) throws Exception {
    everyWay(hostile);
  }

  private void everyWay(HostileAnswer hostile) throws Exception {
    String bytes = hostile.bytes();
    check(hostile, List.of(bytes));
    if (bytes.length() < 600) {
      check(hostile, List.of(bytes.split("(?s)(?<=.)")));
    }
    for (int at : placesToSplit(bytes)) {
      check(hostile, List.of(bytes.substring(0, at), bytes.substring(at)));
    }
  }

  private void check(HostileAnswer hostile, List<String> pieces) throws Exception {
    String way = hostile + ", in " + pieces.size() + ", split at " + pieces.getFirst().length();
    List<String> sent = new ArrayList<>(pieces);
    sent.add(sent.removeLast() + hostile.behind());
    parts = sent;
    closes = hostile.closes();
    String after = "GET /api/tags?after HTTP/1.1\r\nHost: g\r\nConnection: close\r\n";
    String pipelined = request(hostile, "1.1") + after + TestGateway.AUTH + "\r\n";
    List<Answer> answers = ask(hostile, pipelined);
    assertFirst(hostile, answers, way);
    boolean goesOn = !answers.isEmpty() && answers.getFirst().end() == End.COMPLETE;
    List<Answer> others = answers.subList(Math.min(1, answers.size()), answers.size());
    assertEquals(goesOn ? List.of(AFTER) : List.of(), others.stream().map(Answer::body).toList());
    assertEquals(AFTER, gateway.get("/api/tags?after").body(), way);
    if (pieces.size() != 2) {
      assertOldClient(hostile, way);
    }
  }

  /** HTTP/1.0 knows no chunks: only the way a connection ends can tell that there was more. */
  private void assertOldClient(HostileAnswer hostile, String way) throws IOException {
    List<Answer> answers = ask(hostile, request(hostile, "1.0"));
    assertFirst(hostile, answers, way + ", to HTTP/1.0");
    assertTrue(answers.size() <= 1, way);
  }

  private static void assertFirst(HostileAnswer hostile, List<Answer> answers, String way) {
    assertTrue(answers.stream().noneMatch(a -> a.toString().contains(HostileAnswer.EVIL)), way);
    if (hostile.status() != 502) {
      Answer answer = answers.getFirst();
      assertEquals(hostile.status(), answer.status(), way);
      assertEquals(hostile.body().orElseThrow(), answer.body(), way);
      assertTrue(answer.end() == End.COMPLETE || answer.end() == End.CLOSED, way + answer);
      return;
    }
    if (hostile.body().isEmpty()) {
      assertEquals(502, answers.getFirst().status(), way);
    }
    if (answers.isEmpty() || answers.getFirst().status() == 502) {
      return;
    }
    Answer part = answers.getFirst();
    assertEquals(200, part.status(), way);
    assertTrue(part.end() == End.CUT || part.end() == End.RESET, way + part);
    assertTrue(hostile.body().orElseThrow().startsWith(part.body()), way + part);
    assertFalse(part.head().text().contains(HostileAnswer.EVIL), way + part);
  }

  /** All final answers up to the end of the connection. */
  private List<Answer> ask(HostileAnswer hostile, String requests) throws IOException {
    List<Answer> answers = new ArrayList<>();
    try (RawClient client = gateway.connect().send(requests)) {
      while (true) {
        Answer answer = client.answer(answers.isEmpty() && hostile.method().equals("HEAD"));
        if (answer.status() >= 200) {
          answers.add(answer);
        }
      }
    } catch (EOFException | SocketException e) {
      return answers;
    }
  }

  private static String request(HostileAnswer hostile, String version) {
    String post = TestGateway.postOf(HOSTILE, "{}").replace("HTTP/1.1", "HTTP/" + version);
    return post.replace("POST", hostile.method());
  }

  private void play(Call call) throws IOException {
    String _ = call.readBody();
    if (!call.target().equals(HOSTILE)) {
      call.respond(200, AFTER);
      return;
    }
    List<String> pieces = parts;
    for (int i = 0; i < pieces.size(); i++) {
      if (i > 0) {
        letItRead();
      }
      call.send(pieces.get(i));
    }
    if (closes) {
      call.close();
    }
  }

  /**
   * A round trip on another connection, in which the gateway takes what the server sent. One at a
   * time: a server whose client had enough may still be sending when the next answer begins.
   */
  private synchronized void letItRead() throws IOException {
    assertEquals(200, neighbour.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n").answer().status());
  }

  private static NavigableSet<Integer> placesToSplit(String bytes) {
    NavigableSet<Integer> places = new TreeSet<>();
    for (int i = 1; i < Math.min(bytes.length(), 600); i++) {
      if (SEPARATORS.indexOf(bytes.charAt(i)) >= 0) {
        places.add(i);
        places.add(i + 1);
      }
    }
    places.remove(bytes.length());
    return places;
  }
}
