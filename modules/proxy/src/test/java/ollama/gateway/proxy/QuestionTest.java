package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Connector;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.wire.BodyEncoder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QuestionTest {

  private final MemoryBudget budget = new MemoryBudget(1 << 20);
  private final RealExchange exchange;

  QuestionTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @Test
  void allRequestsTogetherKeepNoMoreThanTheBudget() {
    MemoryBudget small = new MemoryBudget(100);
    Question first = new Question(80, small);
    Question second = new Question(80, small);
    keep(first, new byte[60], -1);
    keep(second, new byte[60], -1);
    assertTrue(first.whole());
    assertFalse(second.whole());
    assertEquals(60, small.takenBytes());
    first.close();
    second.close();
    assertEquals(0, small.takenBytes());
    Question third = new Question(80, small);
    keep(third, new byte[80], -1);
    assertTrue(third.whole());
  }

  @Test
  void aBodyThatHasNotBegunCanBeSentAgain() throws Exception {
    Question question = new Question(0, budget);
    assertTrue(question.whole());
    assertArrayEquals(new byte[0], written(question, Framing.ofLength(0)));
  }

  @Test
  void nothingIsKeptWhereNothingMayBe() throws Exception {
    Question question = new Question(0, budget);
    keep(question, bytes("x"), -1);
    assertFalse(question.whole());
    assertArrayEquals(new byte[0], written(question, Framing.ofLength(1)));
  }

  @Test
  void keepingNothingLosesNothing() {
    Question question = new Question(0, budget);
    keep(question, new byte[0], 5);
    assertTrue(question.whole());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 1000, 16_384, 70_000})
  void whatWasKeptInPiecesIsWrittenAsItWas(int pieceBytes) throws Exception {
    byte[] body = new byte[200_000];
    new Random(7).nextBytes(body);
    Question question = new Question(body.length, budget);
    int stop = pieceBytes < 3 ? 5_000 : body.length;
    for (int at = 0; at < stop; at += pieceBytes) {
      int count = Math.min(pieceBytes, stop - at);
      question.keep(ByteBuffer.wrap(body), at, count, pieceBytes % 2 == 0 ? -1 : stop - at - count);
    }
    assertTrue(question.whole());
    assertArrayEquals(
        java.util.Arrays.copyOf(body, stop), written(question, Framing.ofLength(stop)));
  }

  @Test
  void theBoundItselfIsKeptAndOneByteMoreIsNot() throws Exception {
    Question question = new Question(4, budget);
    keep(question, bytes("abcd"), 0);
    assertTrue(question.whole());
    assertEquals("abcd", text(written(question, Framing.ofLength(4))));
    keep(question, bytes("e"), 0);
    assertFalse(question.whole());
    assertEquals("", text(written(question, Framing.ofLength(4))));
    keep(question, bytes("f"), 0);
    assertFalse(question.whole());
  }

  @Test
  void anExpectationBeyondTheBoundIsNoReasonToGiveUpYet() throws Exception {
    Question question = new Question(100, budget);
    keep(question, bytes("ab"), Long.MAX_VALUE / 4);
    assertTrue(question.whole());
    assertEquals("ab", text(written(question, Framing.ofLength(2))));
  }

  @Test
  void writingDoesNotUseItUp() throws Exception {
    Question question = new Question(100, budget);
    keep(question, bytes("body"), 0);
    assertEquals("body", text(written(question, Framing.ofLength(4))));
    assertEquals("body", text(written(question, Framing.ofLength(4))));
  }

  @Test
  void chunkedBodiesAreFramedAnew() throws Exception {
    Question question = new Question(100, budget);
    keep(question, bytes("hello "), -1);
    keep(question, bytes("world"), -1);
    assertEquals("b\r\nhello world\r\n", text(written(question, Framing.CHUNKED)));
  }

  @Test
  void whatIsDroppedCannotBeSentAgain() throws Exception {
    Question question = new Question(100, budget);
    keep(question, bytes("body"), 0);
    question.drop();
    assertFalse(question.whole());
    assertEquals("", text(written(question, Framing.ofLength(4))));
  }

  @Test
  void droppingNothingLosesNothing() {
    Question question = new Question(100, budget);
    question.drop();
    assertTrue(question.whole());
  }

  private static void keep(Question question, byte[] bytes, long expected) {
    byte[] within = new byte[bytes.length + 5];
    System.arraycopy(bytes, 0, within, 3, bytes.length);
    question.keep(ByteBuffer.wrap(within), 3, bytes.length, expected);
  }

  private byte[] written(Question question, Framing framing) throws Exception {
    return exchange.look(
        "GET / HTTP/1.1\r\nHost: g\r\n\r\n",
        e -> {
          try (Connection connection =
              Connector.connect(
                  e.loop(), exchange.address(), EventLoop.deadlineMillis(10_000), Watch.NONE)) {
            Output out = new Output(connection);
            BodyEncoder encoder = new BodyEncoder();
            encoder.reset(framing);
            for (int at = 0; at < question.size(); ) {
              at = question.writePiece(at, encoder, out);
            }
            ByteBuffer all = out.room(0).duplicate().flip();
            byte[] bytes = new byte[all.remaining()];
            all.get(bytes);
            out.discard();
            return bytes;
          }
        });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
