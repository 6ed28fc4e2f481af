package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BodyDecoderTest {

  private final BodyDecoder decoder = new BodyDecoder();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 5, 9, 12, 20, 24})
  void tellsWhetherTheEndIsAtHandAndTakesNothing(int taken) throws Exception {
    String body = "3\r\nabc\r\n6;x\r\nabcdef\r\n0\r\nX: y\r\n\r\n";
    decoder.reset(Framing.CHUNKED);
    decoder.decode(Bytes.buffer(body.substring(0, taken)), ByteBuffer.allocate(100));
    for (int end = taken; end <= body.length(); end++) {
      for (int split = taken; split <= end; split++) {
        List<ByteBuffer> ahead =
            List.of(
                Bytes.buffer(body.substring(taken, split)),
                Bytes.buffer(body.substring(split, end)));
        assertEquals(end == body.length(), decoder.endsWithin(ahead));
        assertEquals(split - taken, ahead.getFirst().remaining());
      }
    }
    assertTrue(decoder.endsWithin(List.of(Bytes.buffer(body.substring(taken) + "GET"))));
    assertFalse(decoder.endsWithin(List.of(Bytes.buffer("no chunk, nor a part of one\r\n"))));
    decoder.decode(Bytes.buffer(body.substring(taken)), ByteBuffer.allocate(100));
    assertTrue(decoder.done());
    assertTrue(decoder.endsWithin(List.of()));
  }

  @Test
  void tellsWhetherACountedBodyIsAtHand() {
    decoder.reset(Framing.ofLength(4));
    assertFalse(decoder.endsWithin(List.of(Bytes.buffer("ab"), Bytes.buffer("c"))));
    assertTrue(decoder.endsWithin(List.of(Bytes.buffer("ab"), Bytes.buffer("cdGET"))));
  }

  @Test
  void noBodyIsDoneAtOnceAndTakesNothing() {
    assertEquals(
        new Outcome.Body("", true, "GET /"), Outcome.ofBody(Framing.NONE, 64, List.of("GET /")));
  }

  @Test
  void aLengthOfZeroIsDoneAtOnce() {
    assertEquals(
        new Outcome.Body("", true, "GET /"),
        Outcome.ofBody(Framing.ofLength(0), 64, List.of("GET /")));
  }

  @Test
  void takesAsManyBytesAsTheLengthSays() {
    assertEquals(
        new Outcome.Body("abcde", true, "GET /"),
        Outcome.ofBody(Framing.ofLength(5), 64, List.of("ab", "cdeGET", " /")));
  }

  @Test
  void takesChunksAndDropsExtensionsAndTrailers() {
    String body =
        """
        3;ext=1
        abc
        A
        0123456789
        0
        Digest: x

        GET /\
        """;

    assertEquals(
        new Outcome.Body("abc0123456789", true, "GET /"),
        Outcome.ofBody(Framing.CHUNKED, 64, List.of(Bytes.crlf(body))));
  }

  @Test
  void anExtensionMayBeAsLongAsTheLimit() {
    assertEquals(
        new Outcome.Body("abc", true, ""),
        Outcome.ofBody(
            Framing.CHUNKED, 64, List.of("3;" + "a".repeat(256) + "\r\nabc\r\n0\r\n\r\n")));
  }

  @Test
  void aSizeMayHaveFifteenDigits() {
    assertEquals(
        new Outcome.Body("abc", true, ""),
        Outcome.ofBody(Framing.CHUNKED, 64, List.of("000000000000003\r\nabc\r\n0\r\n\r\n")));
    assertEquals(
        new Outcome.Body("abc", false, ""),
        Outcome.ofBody(Framing.CHUNKED, 64, List.of("fffffffffffffff\r\nabc")));
  }

  @Test
  void withoutFramingTheEndOfTheConnectionIsTheEnd() throws ProtocolException {
    decoder.reset(Framing.UNTIL_CLOSE);
    decoder.decode(Bytes.buffer("abc"), ByteBuffer.allocate(64));
    assertFalse(decoder.done());

    decoder.endOfInput();
    assertTrue(decoder.done());
  }

  @Test
  void theEndOfTheConnectionBehindACompleteBodyIsFine() throws ProtocolException {
    decoder.reset(Framing.ofLength(3));
    decoder.decode(Bytes.buffer("abc"), ByteBuffer.allocate(64));

    decoder.endOfInput();
    assertTrue(decoder.done());
  }

  @Test
  void stopsWhenTheOutputIsFullAndGoesOnLater() throws ProtocolException {
    decoder.reset(Framing.CHUNKED);
    ByteBuffer in = Bytes.buffer("5\r\nabcde\r\n0\r\n\r\n");
    ByteBuffer out = ByteBuffer.allocate(3);

    decoder.decode(in, out);
    assertEquals("abc", Bytes.text(out.flip()));
    assertEquals("de\r\n0\r\n\r\n", Bytes.text(in));

    decoder.decode(in, out.clear());
    assertEquals("de", Bytes.text(out.flip()));
    assertTrue(decoder.done());
  }

  @Test
  void tellsWhatIsStillToCome() throws ProtocolException {
    assertEquals(0, decoder.left());

    decoder.reset(Framing.ofLength(5));
    assertEquals(5, decoder.left());
    decoder.decode(Bytes.buffer("abc"), ByteBuffer.allocate(64));
    assertEquals(2, decoder.left());

    decoder.reset(Framing.CHUNKED);
    assertEquals(-1, decoder.left());
    decoder.decode(Bytes.buffer("0\r\n\r\n"), ByteBuffer.allocate(64));
    assertEquals(0, decoder.left());
  }

  @Test
  void aDecoderServesOneMessageAfterTheOther() throws ProtocolException {
    ByteBuffer in = Bytes.buffer("3;" + "a".repeat(200) + "\r\nabc\r\n0\r\nX: a\r\n\r\nde");
    decoder.reset(Framing.CHUNKED);
    decoder.decode(in, ByteBuffer.allocate(64));
    assertTrue(decoder.done());

    decoder.reset(Framing.ofLength(2));
    ByteBuffer out = ByteBuffer.allocate(64);
    decoder.decode(in, out);
    assertEquals("de", Bytes.text(out.flip()));
    assertTrue(decoder.done());
  }

  @Test
  void aBrokenChunkLeavesNothingBehindForTheNextMessage() throws ProtocolException {
    decoder.reset(Framing.CHUNKED);
    decoder.decode(Bytes.buffer("ffff;ext"), ByteBuffer.allocate(64));

    decoder.reset(Framing.CHUNKED);
    ByteBuffer out = ByteBuffer.allocate(64);
    decoder.decode(Bytes.buffer("1\r\na\r\n0\r\n\r\n"), out);
    assertEquals("a", Bytes.text(out.flip()));
    assertTrue(decoder.done());
  }
}
