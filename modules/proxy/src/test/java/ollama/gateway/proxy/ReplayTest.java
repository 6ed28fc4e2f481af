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
class ReplayTest {

  private final MemoryBudget budget = new MemoryBudget(1 << 20);
  private final RealExchange exchange;

  ReplayTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @Test
  void allRequestsTogetherKeepNoMoreThanTheBudget() {
    MemoryBudget small = new MemoryBudget(100);
    Replay first = new Replay(80, small);
    Replay second = new Replay(80, small);
    keep(first, new byte[60], -1);
    keep(second, new byte[60], -1);
    assertTrue(first.whole());
    assertFalse(second.whole());
    assertEquals(60, small.takenBytes());
    first.close();
    second.close();
    assertEquals(0, small.takenBytes());
    Replay third = new Replay(80, small);
    keep(third, new byte[80], -1);
    assertTrue(third.whole());
  }

  @Test
  void aBodyThatHasNotBegunCanBeSentAgain() throws Exception {
    Replay replay = new Replay(0, budget);
    assertTrue(replay.whole());
    assertArrayEquals(new byte[0], written(replay, Framing.ofLength(0)));
  }

  @Test
  void nothingIsKeptWhereNothingMayBe() throws Exception {
    Replay replay = new Replay(0, budget);
    keep(replay, bytes("x"), -1);
    assertFalse(replay.whole());
    assertArrayEquals(new byte[0], written(replay, Framing.ofLength(1)));
  }

  @Test
  void keepingNothingLosesNothing() {
    Replay replay = new Replay(0, budget);
    keep(replay, new byte[0], 5);
    assertTrue(replay.whole());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 1000, 16_384, 70_000})
  void whatWasKeptInPiecesIsWrittenAsItWas(int pieceBytes) throws Exception {
    byte[] body = new byte[200_000];
    new Random(7).nextBytes(body);
    Replay replay = new Replay(body.length, budget);
    int stop = pieceBytes < 3 ? 5_000 : body.length;
    for (int at = 0; at < stop; at += pieceBytes) {
      int count = Math.min(pieceBytes, stop - at);
      replay.keep(ByteBuffer.wrap(body), at, count, pieceBytes % 2 == 0 ? -1 : stop - at - count);
    }
    assertTrue(replay.whole());
    assertArrayEquals(java.util.Arrays.copyOf(body, stop), written(replay, Framing.ofLength(stop)));
  }

  @Test
  void theBoundItselfIsKeptAndOneByteMoreIsNot() throws Exception {
    Replay replay = new Replay(4, budget);
    keep(replay, bytes("abcd"), 0);
    assertTrue(replay.whole());
    assertEquals("abcd", text(written(replay, Framing.ofLength(4))));
    keep(replay, bytes("e"), 0);
    assertFalse(replay.whole());
    assertEquals("", text(written(replay, Framing.ofLength(4))));
    keep(replay, bytes("f"), 0);
    assertFalse(replay.whole());
  }

  @Test
  void anExpectationBeyondTheBoundIsNoReasonToGiveUpYet() throws Exception {
    Replay replay = new Replay(100, budget);
    keep(replay, bytes("ab"), Long.MAX_VALUE / 4);
    assertTrue(replay.whole());
    assertEquals("ab", text(written(replay, Framing.ofLength(2))));
  }

  @Test
  void writingDoesNotUseItUp() throws Exception {
    Replay replay = new Replay(100, budget);
    keep(replay, bytes("body"), 0);
    assertEquals("body", text(written(replay, Framing.ofLength(4))));
    assertEquals("body", text(written(replay, Framing.ofLength(4))));
  }

  @Test
  void chunkedBodiesAreFramedAnew() throws Exception {
    Replay replay = new Replay(100, budget);
    keep(replay, bytes("hello "), -1);
    keep(replay, bytes("world"), -1);
    assertEquals("b\r\nhello world\r\n", text(written(replay, Framing.CHUNKED)));
  }

  @Test
  void whatIsDroppedCannotBeSentAgain() throws Exception {
    Replay replay = new Replay(100, budget);
    keep(replay, bytes("body"), 0);
    replay.drop();
    assertFalse(replay.whole());
    assertEquals("", text(written(replay, Framing.ofLength(4))));
  }

  @Test
  void droppingNothingLosesNothing() {
    Replay replay = new Replay(100, budget);
    replay.drop();
    assertTrue(replay.whole());
  }

  private static void keep(Replay replay, byte[] bytes, long expected) {
    byte[] within = new byte[bytes.length + 5];
    System.arraycopy(bytes, 0, within, 3, bytes.length);
    replay.keep(ByteBuffer.wrap(within), 3, bytes.length, expected);
  }

  private byte[] written(Replay replay, Framing framing) throws Exception {
    return exchange.look(
        "GET / HTTP/1.1\r\nHost: g\r\n\r\n",
        e -> {
          try (Connection connection =
              Connector.connect(
                  e.loop(), exchange.address(), EventLoop.deadlineMillis(10_000), Watch.NONE)) {
            Output out = new Output(connection);
            BodyEncoder encoder = new BodyEncoder();
            encoder.reset(framing);
            for (int at = 0; at < replay.size(); ) {
              at = replay.writePiece(at, encoder, out);
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
