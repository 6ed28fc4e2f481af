package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.LenientUpstream;
import ollama.gateway.app.testing.Meaning;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.Reading;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * No server behind the gateway, however carelessly it reads, takes anything for a request but what
 * the gateway took for one (RFC 9112 sections 11.1 and 11.2).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DifferentialTest {

  private static final Meaning BEFORE = new Meaning("POST", "/api/chat?before", "{}");
  private static final Meaning AFTER = new Meaning("GET", "/api/tags?after", "");
  private static final String GOOD_BEFORE = TestGateway.postOf(BEFORE.target(), BEFORE.body());
  private static final String GOOD_AFTER =
      "GET /api/tags?after HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n"
          + TestGateway.AUTH
          + "\r\n";

  /** Places that a parser may take for the end of something. */
  private static final String SEPARATORS = "\r\n\0\t :;,";

  private LenientUpstream upstream;
  private TestGateway gateway;
  private RawClient neighbour;

  @BeforeAll
  void start() throws Exception {
    upstream = LenientUpstream.start();
    gateway =
        TestGateway.before(upstream.url())
            .set("loadBalancer", "{\"healthCheckIntervalInSeconds\": 86400}")
            .start();
    neighbour = gateway.connect();
  }

  @AfterAll
  void close() throws IOException {
    neighbour.close();
    gateway.close();
    upstream.close();
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.app.HostileForwarded#ALL")
  void whatIsForwardedIsHeardAsItWasMeant(Hostile hostile) throws Exception {
    everyWay(hostile);
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource({
    "ollama.gateway.app.HostileFields#ALL",
    "ollama.gateway.app.HostileLines#ALL",
    "ollama.gateway.app.HostileBodies#ALL"
  })
  void whatIsRefusedIsNotHeard(Hostile hostile) throws Exception {
    everyWay(hostile);
  }

  private void everyWay(Hostile hostile) throws Exception {
    String bytes = hostile.bytes() + GOOD_AFTER;
    check(hostile, List.of(bytes), List.of());
    check(hostile, List.of(bytes.split("(?s)(?<=.)")), List.of());
    String pipelined = GOOD_BEFORE + bytes;
    check(hostile, List.of(pipelined), List.of(BEFORE));
    int from = GOOD_BEFORE.length();
    for (int at : placesToSplit(pipelined, from, from + hostile.bytes().length())) {
      List<String> halves = List.of(pipelined.substring(0, at), pipelined.substring(at));
      check(hostile, halves, List.of(BEFORE));
    }
  }

  private void check(Hostile hostile, List<String> parts, List<Meaning> before) throws Exception {
    upstream.forget();
    String way = hostile + ", in " + parts.size() + ", split at " + parts.getFirst().length();
    List<Meaning> expected = new ArrayList<>(before);
    expected.addAll(hostile.heard());
    if (hostile.status() == 0) {
      expected.add(AFTER);
    }
    List<Answer> answers = exchange(parts);
    assertAnswers(expected, hostile.status(), answers, way);
    List<String> heard = upstream.heard();
    for (Reading reading : Reading.values()) {
      assertHeard(expected, hostile, heard, reading, way);
    }
  }

  /** Sends the parts one after the other, and reads all answers up to the connection's end. */
  private List<Answer> exchange(List<String> parts) throws IOException {
    List<Answer> answers = new ArrayList<>();
    try (RawClient client = gateway.connect()) {
      try {
        client.send(parts.getFirst());
        for (String part : parts.subList(1, parts.size())) {
          letItRead();
          client.send(part);
        }
      } catch (SocketException e) {
        // It has heard enough.
      }
      while (true) {
        Answer answer = client.answer();
        if (answer.status() >= 200) {
          answers.add(answer);
        }
      }
    } catch (EOFException e) {
      return answers;
    }
  }

  /** A round trip on another connection, in which the gateway takes what the first one sent. */
  private void letItRead() throws IOException {
    assertEquals(200, neighbour.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n").answer().status());
  }

  private static void assertAnswers(
      List<Meaning> expected, int refusal, List<Answer> answers, String way) {
    List<String> texts = new ArrayList<>();
    for (Answer answer : answers) {
      texts.add(answer.status() == 200 ? answer.body() : "refused: " + answer.status());
    }
    List<String> wanted = new ArrayList<>(expected.stream().map(LenientUpstream::echo).toList());
    if (refusal != 0) {
      wanted.add("refused: " + refusal);
    }
    assertEquals(wanted, texts, way);
  }

  private static void assertHeard(
      List<Meaning> expected, Hostile hostile, List<String> heard, Reading reading, String way) {
    List<Meaning> requests = new ArrayList<>();
    for (String connection : heard) {
      Reading.Found found = reading.read(connection);
      requests.addAll(found.requests());
      // What breaks within its body may have been passed on up to there.
      boolean mayBeCut =
          hostile.status() != 0 && found.rest().startsWith("POST /api/chat?hostile HTTP/1.1\r\n");
      assertTrue(
          found.rest().isEmpty() || mayBeCut,
          () -> way + ", read as " + reading + ", leaves " + found.rest());
    }
    assertEquals(sorted(expected), sorted(requests), way + ", read as " + reading);
  }

  private static List<Meaning> sorted(List<Meaning> requests) {
    return requests.stream().sorted(Comparator.comparing(Meaning::toString)).toList();
  }

  /** Before and behind each separator, but not all along a run of the same ones. */
  private static NavigableSet<Integer> placesToSplit(String bytes, int from, int to) {
    NavigableSet<Integer> places = new TreeSet<>(List.of(from, to));
    for (int i = from; i < to; i++) {
      if (SEPARATORS.indexOf(bytes.charAt(i)) >= 0) {
        places.add(i);
        places.add(i + 1);
      }
    }
    return places;
  }

  /** How a client ends a connection. */
  private enum Leaving {
    CLOSE,
    HALF_CLOSE,
    RESET
  }

  @Test
  void aRequestThatWasHalfSentIsNeverHeardAsAWhole() throws Exception {
    String head = "POST /api/chat?half HTTP/1.1\r\nHost: gateway\r\n" + TestGateway.AUTH;
    List<String> requests =
        List.of(
            head.replace("POST", "GET") + "\r\n",
            head + "Content-Length: 4\r\n\r\n\r\n\r\n",
            head + "Transfer-Encoding: chunked\r\n\r\n5;a\r\n0\r\n\r\n\r\n0\r\nX: a\r\n\r\n");
    List<RawClient> clients = new ArrayList<>();
    upstream.forget();
    for (String request : requests) {
      for (int cut = 1; cut < request.length(); cut++) {
        Leaving leaving = Leaving.values()[cut % Leaving.values().length];
        RawClient client = gateway.connect().send(request.substring(0, cut));
        letItRead();
        switch (leaving) {
          case CLOSE -> client.close();
          case HALF_CLOSE -> client.shutdownOutput();
          case RESET -> client.reset();
        }
        clients.add(client);
      }
    }
    for (RawClient client : clients) {
      client.close();
    }
    assertNothingHeard();
  }

  private void assertNothingHeard() throws IOException {
    // One answer more, so that whatever was before has come.
    assertEquals(200, gateway.get("/api/tags?last").status());
    Meaning last = new Meaning("GET", "/api/tags?last", "");
    for (Reading reading : Reading.values()) {
      List<Meaning> heard = new ArrayList<>();
      for (String connection : upstream.heard()) {
        heard.addAll(reading.read(connection).requests());
      }
      assertEquals(List.of(last), heard, reading.toString());
    }
  }
}
