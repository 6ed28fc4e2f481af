package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Connector;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.ollama.Edit;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.Route;
import ollama.gateway.ollama.Span;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QuestionTest {

  private final MemoryBudget budget = new MemoryBudget(1 << 20);
  private final MemoryBudget roomy = new MemoryBudget(1 << 23);
  private final RealExchange exchanges;

  QuestionTest() throws IOException {
    exchanges = new RealExchange();
  }

  @AfterAll
  void close() {
    exchanges.close();
  }

  /** What a look at a filled question finds. */
  private record Filled(int size, boolean whole, boolean taken, String kept) {}

  @Test
  void aSmallBodyIsHereBeforeAServerIsChosen() throws Exception {
    assertEquals(new Filled(4, true, true, "body"), filled(100, counted("body")));
    assertEquals(
        new Filled(11, true, true, "hello world"), filled(100, chunked("hello ", "world")));
    assertEquals(new Filled(0, true, true, ""), filled(100, counted("")));
  }

  @Test
  void ofALargeBodyTheBeginningIsHere() throws Exception {
    assertEquals(new Filled(4, true, true, "abcd"), filled(4, counted("abcd")));
    assertEquals(new Filled(4, true, true, "abcd"), filled(4, chunked("ab", "cd")));
    assertEquals(new Filled(4, true, false, "abcd"), filled(4, counted("abcde")));
    assertEquals(new Filled(4, true, false, "abcd"), filled(4, chunked("abc", "de")));
  }

  @Test
  void nothingIsTakenWhereNothingMayBeKept() throws Exception {
    assertEquals(new Filled(0, true, false, ""), filled(0, counted("x")));
    assertEquals(new Filled(0, true, false, ""), filled(0, chunked("x")));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 1000, 16_384, 70_000})
  void whatCameInPiecesIsWrittenAsItWas(int pieceChars) throws Exception {
    StringBuilder body = new StringBuilder();
    new Random(7).ints(pieceChars == 1 ? 5_000 : 200_000, ' ', '~').forEach(body::appendCodePoint);
    String[] pieces = body.toString().split("(?<=\\G.{" + pieceChars + "})");
    Filled all = new Filled(body.length(), true, true, body.toString());
    assertEquals(all, filled(1 << 20, chunked(pieces)));
    assertEquals(all, filled(1 << 20, counted(body.toString())));
  }

  /** What was read ahead while the request before was at work is more than one buffer. */
  @Test
  void aBodyThatCameBehindAnotherRequestIsTakenWholeToo() throws Exception {
    String body = "x".repeat(100_000);
    Filled second =
        exchanges
            .exchangeTwo(
                "GET / HTTP/1.1\r\nHost: g\r\n\r\n" + counted(body),
                QuestionTest::readAhead,
                e -> filled(1 << 20, e))
            .found();
    assertEquals(new Filled(body.length(), true, true, body), second);
  }

  /** Until as much as a body without framing is there, as while a server is waited for. */
  private static int readAhead(Exchange exchange) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (exchange.body().atHandBytes() <= 100_000) {
      assertTrue(System.nanoTime() - deadline < 0, "it doesn't come");
      exchange.check();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return 0;
  }

  @Test
  void allRequestsTogetherKeepNoMoreThanTheBudget() throws Exception {
    MemoryBudget small = new MemoryBudget(100);
    Question first = new Question(80, small);
    Question second = new Question(80, small);
    fill(first, counted("a".repeat(60)), _ -> assertEquals(60, first.size()));
    fill(
        second,
        counted("b".repeat(60)),
        e -> {
          assertFalse(e.body().done());
          assertTrue(second.whole());
          assertEquals(0, second.size());
          assertTrue(second.lacksMemory(), "it is the others' fault");
        });
    assertEquals(60, small.takenBytes());
    first.close();
    second.close();
    assertEquals(0, small.takenBytes());
    Question third = new Question(80, small);
    fill(third, counted("c".repeat(80)), _ -> assertEquals(80, third.size()));
    third.close();
    Question tooLong = new Question(200, small);
    fill(tooLong, counted("d".repeat(150)), _ -> assertFalse(tooLong.lacksMemory()));
  }

  @Test
  void aLengthThatIsOnlyDeclaredTakesNoRoom() throws Exception {
    MemoryBudget large = new MemoryBudget(1 << 30);
    Question question = new Question(1 << 28, large);
    String head = "POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 200000000\r\n\r\n";
    String body = "x".repeat(200_000);
    exchanges.exchangeWithLeaver(
        head + body,
        e -> {
          assertThrows(PeerLeftException.class, () -> question.fill(e.body()));
          assertEquals(body.length(), question.size());
          assertTrue(large.takenBytes() <= 2L * body.length(), "took " + large.takenBytes());
          return 0;
        });
  }

  @Test
  void writingDoesNotUseItUpButDroppingDoes() throws Exception {
    Question question = new Question(100, budget);
    fill(
        question,
        counted("body"),
        e -> {
          assertEquals("body", written(question, e, Framing.ofLength(4)));
          assertEquals("4\r\nbody\r\n", written(question, e, Framing.CHUNKED));
          question.drop();
          assertFalse(question.whole());
          assertEquals("", written(question, e, Framing.ofLength(4)));
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_384, 16_380, 40_000})
  void anotherModelIsNamedInItsPlaces(int promptChars) throws Exception {
    String prompt = "\"prompt\":\"" + "x".repeat(promptChars) + "\"";
    String body = "{\"model\":\"a\"," + prompt + ",\"Model\":\"bb\",\"x\":{\"model\":\"a\"}}";
    String expected =
        "{\"model\":\"long\"," + prompt + ",\"Model\":\"long\",\"x\":{\"model\":\"a\"}}";
    Question question = new Question(1 << 20, budget);
    fill(
        question,
        counted(body),
        e -> {
          question.rename(Route.GENERATE, "\"long\"");
          Framing framing = question.framing(Framing.ofLength(body.length()));
          assertEquals(Framing.ofLength(expected.length()), framing);
          assertEquals(expected, written(question, e, framing));
          assertEquals(expected, StandardCharsets.UTF_8.decode(question.sentBytes()).toString());
          assertEquals(Framing.CHUNKED, question.framing(Framing.CHUNKED));
          question.rename(Route.GENERATE, "\"a\"");
          Framing again = question.framing(Framing.ofLength(body.length()));
          assertEquals(Framing.ofLength(body.length() - 1), again);
        });
    question.close();
  }

  @Test
  void whatACompressedBodySaysIsReadAndCompressedBytesAreSent() throws Exception {
    String packed = packed("{\"model\":\"m\",\"stream\":true}");
    try (OffLoop offLoop = new OffLoop();
        Question question = new Question(1 << 20, roomy)) {
      Decoding decoding = new Decoding(roomy, offLoop);
      fill(
          question,
          counted(packed),
          e -> {
            long kept = roomy.takenBytes();
            try (Decoding.Look look = decoding.look(question, e.body().done())) {
              assertTrue(look.isWhole());
              ModelRequest request = look.text().request(Route.V1_CHAT, look.isWhole());
              assertEquals("m:latest", request.model().map(ModelName::toString).orElse(""));
              assertTrue(request.isStreamed());
              assertEquals(kept + look.text().size(), roomy.takenBytes());
            }
            assertEquals(kept, roomy.takenBytes());
            assertFalse(question.isDecoded());
            Framing framing = Framing.ofLength(packed.length());
            assertEquals(framing, question.framing(framing));
            assertEquals(packed, written(question, e, framing));
          });
    }
    assertEquals(0, roomy.takenBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 40_000})
  void whereAnotherModelIsNamedTheTextOfACompressedBodyIsSent(int promptChars) throws Exception {
    String text = "{\"model\":\"alias\",\"prompt\":\"" + "x".repeat(promptChars) + "\"}";
    String packed = packed(text);
    try (OffLoop offLoop = new OffLoop();
        Question question = new Question(1 << 20, roomy)) {
      Decoding decoding = new Decoding(roomy, offLoop);
      fill(
          question,
          counted(packed),
          e -> {
            try (Decoding.Look look = decoding.look(question, e.body().done())) {
              question.become(look.text());
            }
            assertTrue(question.isDecoded());
            assertTrue(question.whole());
            assertEquals(text.length(), roomy.takenBytes());
            for (String name : new String[] {"\"m\"", "\"longer:7b\""}) {
              String expected = text.replace("\"alias\"", name);
              question.rename(Route.V1_COMPLETIONS, name);
              Framing framing = question.framing(Framing.ofLength(packed.length()));
              assertEquals(Framing.ofLength(expected.length()), framing);
              assertEquals(expected, written(question, e, framing));
              assertEquals(Framing.CHUNKED, question.framing(Framing.CHUNKED));
            }
          });
    }
    assertEquals(0, roomy.takenBytes());
  }

  @Test
  void withoutRoomForItThereIsNoLook() throws Exception {
    MemoryBudget small = new MemoryBudget(1 << 20);
    String packed = packed("{\"model\":\"m\"}");
    try (OffLoop offLoop = new OffLoop();
        Question question = new Question(1 << 20, small)) {
      Decoding decoding = new Decoding(small, offLoop);
      fill(
          question,
          counted(packed),
          _ -> {
            long kept = small.takenBytes();
            assertTrue(kept > 0);
            try (Decoding.Look look = decoding.look(question, true)) {
              assertFalse(look.isWhole());
              assertEquals(0, look.text().size());
            }
            assertEquals(kept, small.takenBytes());
          });
    }
  }

  @Test
  void whenItStopsThereIsNoLookAndNoMemoryIsKept() throws Exception {
    OffLoop closed = new OffLoop();
    closed.close();
    Question question = new Question(100, roomy);
    fill(
        question,
        counted(packed("{\"model\":\"m\"}")),
        _ -> {
          long kept = roomy.takenBytes();
          try (Decoding.Look look = new Decoding(roomy, closed).look(question, true)) {
            assertEquals(0, look.text().size());
          }
          assertEquals(kept, roomy.takenBytes());
        });
    question.close();
  }

  private static String packed(String text) {
    byte[] packed = ZstdTest.packed(text.getBytes(StandardCharsets.ISO_8859_1));
    return new String(packed, StandardCharsets.ISO_8859_1);
  }

  @Test
  void theDigestTellsBodiesApart() throws Exception {
    Question one = new Question(100, budget);
    Question same = new Question(100, budget);
    Question other = new Question(100, budget);
    fill(one, counted("body"), _ -> {});
    fill(same, chunked("bo", "dy"), _ -> {});
    fill(other, counted("bodz"), _ -> {});
    assertEquals(one.digest(), same.digest());
    assertNotEquals(one.digest(), other.digest());
  }

  private interface Check {
    void at(Exchange exchange) throws IOException;
  }

  private void fill(Question question, String request, Check check) throws Exception {
    exchanges.look(
        request,
        e -> {
          question.fill(e.body());
          check.at(e);
          return 0;
        });
  }

  @Test
  void theModelIsFoundWhereverItStandsInWhatIsKept() throws Exception {
    String long64k = "\"prompt\":\"" + "x".repeat(64 * 1024) + "\"";

    assertEquals("m:latest", modelOf(1 << 20, "{\"model\":\"m\"," + long64k + "}"));
    assertEquals("m:latest", modelOf(1 << 20, "{" + long64k + ",\"model\":\"m\"}"));
    assertEquals("", modelOf(32 * 1024, "{" + long64k + ",\"model\":\"m\"}"));
    assertEquals("", modelOf(1 << 20, "{" + long64k + "}"));
    assertEquals("", modelOf(1 << 20, "no JSON"));
  }

  @Test
  void whatItIsMadeToSayIsWhatItSaysFromThenOn() throws Exception {
    String body = "{\"model\":\"a\",\"x\":12345}";
    String other = "{\"y\":1,\"model\":\"a\",\"x\":2}";
    String named = other.replace("\"a\"", "\"long\"");
    MemoryBudget exact = new MemoryBudget(1000);
    Edits edits =
        Edits.of(
            List.of(
                new Edit(new Span(1, 1), "\"y\":1,"),
                new Edit(new Span(body.length() - 6, body.length() - 1), "2")));
    Question question = new Question(1000, exact);
    fill(
        question,
        counted(body),
        e -> {
          assertTrue(question.revise(edits));
          assertEquals(other.length(), exact.takenBytes());
          assertEquals(other, StandardCharsets.US_ASCII.decode(question.bytes()).toString());
          Framing framing = question.framing(e.request().framing());
          assertEquals(Framing.ofLength(other.length()), framing);
          assertEquals(other, written(question, e, framing));
          assertEquals(Framing.CHUNKED, question.framing(Framing.CHUNKED));
          question.rename(Route.GENERATE, "\"long\"");
          Framing renamed = question.framing(e.request().framing());
          assertEquals(Framing.ofLength(named.length()), renamed);
          assertEquals(named, written(question, e, renamed));
        });
    question.close();
    assertEquals(0, exact.takenBytes());
  }

  @Test
  void whatIsMadeToSayAnotherThingIsReadAnew() throws Exception {
    Edits other = Edits.of(List.of(new Edit(new Span(9, 12), "\"b\"")));
    try (Question question = new Question(1000, budget)) {
      fill(
          question,
          counted("{\"model\":\"a\"}"),
          e -> {
            assertEquals("a", question.request(Route.GENERATE, true).names().model());
            assertTrue(question.revise(other));
            assertEquals("b", question.request(Route.GENERATE, true).names().model());
          });
    }
  }

  @Test
  void whereThereIsNoMemoryForItNothingIsChanged() throws Exception {
    MemoryBudget small = new MemoryBudget(6);
    Question question = new Question(100, small);
    Edits more = Edits.of(List.of(new Edit(new Span(1, 1), "more")));
    Edits less = Edits.of(List.of(new Edit(new Span(1, 3), "")));
    fill(
        question,
        counted("body"),
        e -> {
          assertFalse(question.revise(more));
          assertEquals("body", written(question, e, Framing.ofLength(4)));
          assertEquals(Framing.ofLength(4), question.framing(Framing.ofLength(4)));
          assertTrue(question.revise(less));
          assertEquals("by", written(question, e, Framing.ofLength(2)));
          assertEquals(2, small.takenBytes());
        });
    question.close();
    assertEquals(0, small.takenBytes());
  }

  private String modelOf(int maxBytes, String body) throws Exception {
    return exchanges.look(
        counted(body),
        e -> {
          try (Question question = new Question(maxBytes, budget)) {
            question.fill(e.body());
            return question
                .request(Route.GENERATE, e.body().done(), false)
                .model()
                .map(ModelName::toString)
                .orElse("");
          }
        });
  }

  private Filled filled(int maxBytes, String request) throws Exception {
    return exchanges.look(request, e -> filled(maxBytes, e));
  }

  private Filled filled(int maxBytes, Exchange e) throws IOException {
    try (Question question = new Question(maxBytes, budget)) {
      question.fill(e.body());
      String kept = written(question, e, Framing.ofLength(question.size()));
      return new Filled(question.size(), question.whole(), e.body().done(), kept);
    }
  }

  private static String counted(String body) {
    return "POST / HTTP/1.1\r\nHost: g\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static String chunked(String... chunks) {
    StringBuilder text =
        new StringBuilder("POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (String chunk : chunks) {
      text.append(Integer.toHexString(chunk.length())).append("\r\n").append(chunk).append("\r\n");
    }
    return text.append("0\r\n\r\n").toString();
  }

  private String written(Question question, Exchange e, Framing framing) throws IOException {
    try (Connection connection =
        Connector.connect(
            e.loop(), exchanges.address(), EventLoop.deadlineMillis(10_000), Watch.NONE)) {
      Output out = new Output(connection);
      BodyEncoder encoder = new BodyEncoder();
      encoder.reset(framing);
      Edits.Writing kept = question.writing();
      while (kept.hasNext()) {
        kept.write(encoder, out);
      }
      ByteBuffer all = out.room(0).duplicate().flip();
      byte[] bytes = new byte[all.remaining()];
      all.get(bytes);
      out.discard();
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }
}
