package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.LoopbackPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BodyEncoderTest {

  @AutoClose private final LoopbackPair pair = LoopbackPair.open();
  private final Output output = new Output(pair.connection());
  private final BodyEncoder encoder = new BodyEncoder();
  private final BodyDecoder source = new BodyDecoder();

  @AfterEach
  void close() {
    output.discard();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 255, 256, 4095, 4096, BufferPool.READ_BYTES})
  void putsTheSizeRightBeforeThePayload(int bytes) throws ProtocolException {
    String payload = payload(bytes, 1);
    encoder.reset(Framing.CHUNKED);
    source.reset(Framing.ofLength(bytes));

    assertEquals(bytes, encoder.encode(source, Bytes.buffer(payload), output));
    assertEquals(Integer.toHexString(bytes) + "\r\n" + payload + "\r\n", written());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 255, 256, 4095, 4096, BufferPool.READ_BYTES})
  void closesTheGapBehindAHead(int bytes) throws ProtocolException {
    String payload = payload(bytes, 2);
    HeadWriter.statusLine(output, 200);
    HeadWriter.end(output);
    encoder.reset(Framing.CHUNKED);
    source.reset(Framing.ofLength(bytes));

    encoder.encode(source, Bytes.buffer(payload), output);
    assertEquals(
        "HTTP/1.1 200 OK\r\n\r\n" + Integer.toHexString(bytes) + "\r\n" + payload + "\r\n",
        written());
  }

  @Test
  void theReturnedCountTellsWhereThePayloadStands() throws ProtocolException {
    encoder.reset(Framing.CHUNKED);
    source.reset(Framing.ofLength(5));
    int count = encoder.encode(source, Bytes.buffer("abcde"), output);

    ByteBuffer bytes = output.room(0);
    int end = bytes.position() - 2;
    assertEquals("abcde", Bytes.text(bytes.duplicate().limit(end).position(end - count)));
  }

  @Test
  void severalChunksAndTheLastOneWaitForOneWrite() throws ProtocolException {
    encoder.reset(Framing.CHUNKED);
    source.reset(Framing.CHUNKED);
    encoder.encode(source, Bytes.buffer("3\r\nabc\r\n"), output);
    encoder.encode(source, Bytes.buffer("2;x\r\nde\r\n1\r\nf\r\n"), output);
    encoder.encode(source, Bytes.buffer("0\r\nX: a\r\n\r\n"), output);
    encoder.end(output);

    assertEquals("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", written());
    assertTrue(source.done());
  }

  @Test
  void noPayloadIsNoChunk() throws ProtocolException {
    HeadWriter.statusLine(output, 200);
    encoder.reset(Framing.CHUNKED);
    source.reset(Framing.CHUNKED);

    assertEquals(0, encoder.encode(source, Bytes.buffer("5\r\n"), output));
    assertEquals(0, encoder.encode(source, ByteBuffer.allocate(0), output));
    assertEquals("HTTP/1.1 200 OK\r\n", written());
  }

  @Test
  void aLengthNeedsNothingAround() throws ProtocolException {
    HeadWriter.end(output);
    encoder.reset(Framing.ofLength(5));
    source.reset(Framing.CHUNKED);

    assertEquals(5, encoder.encode(source, Bytes.buffer("5\r\nabcde\r\n0\r\n\r\n"), output));
    encoder.end(output);
    assertEquals("\r\nabcde", written());
  }

  @Test
  void takesNoMoreThanTheLimitAtOnce() throws ProtocolException {
    String payload = payload(BufferPool.READ_BYTES + 1, 3);
    encoder.reset(Framing.ofLength(payload.length()));
    source.reset(Framing.ofLength(payload.length()));
    ByteBuffer in = Bytes.buffer(payload);

    assertEquals(BufferPool.READ_BYTES, encoder.encode(source, in, output));
    assertEquals(1, encoder.encode(source, in, output));
    assertEquals(payload, written());
  }

  @Test
  void leavesTheBytesBehindTheBodyWhereTheyAre() throws ProtocolException {
    encoder.reset(Framing.CHUNKED);
    source.reset(Framing.ofLength(3));
    ByteBuffer in = Bytes.buffer("abcGET / HTTP/1.1\r\n");

    assertEquals(3, encoder.encode(source, in, output));
    assertEquals("GET / HTTP/1.1\r\n", Bytes.text(in));
    assertEquals("3\r\nabc\r\n", written());
  }

  @Test
  void aRefusedBodyAppendsNothing() {
    HeadWriter.statusLine(output, 200);
    encoder.reset(Framing.CHUNKED);
    source.reset(Framing.CHUNKED);

    assertThrows(
        ProtocolException.class,
        () -> encoder.encode(source, Bytes.buffer("3\r\nabc\r\nx"), output));
    assertEquals("HTTP/1.1 200 OK\r\n", written());
    HeadWriter.end(output);
    assertEquals("HTTP/1.1 200 OK\r\n\r\n", written());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096, 65_535, 65_536, 1_048_576})
  void anArrayOfAnySizeIsFramed(int bytes) throws ProtocolException {
    String payload = payload(bytes, 4);
    HeadWriter.end(output);
    encoder.reset(Framing.CHUNKED);
    encoder.encode(Bytes.of("<" + payload + ">"), 1, bytes, output);
    encoder.end(output);

    String chunks = written().substring(2);
    assertEquals(payload, decode(chunks, new Random(5)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatWasEncodedIsDecodedAgainHoweverItIsSplit(long seed) throws ProtocolException {
    Random random = new Random(seed);
    String payload = payload(random.nextInt(1, 200_000), seed);
    ByteBuffer in = Bytes.buffer(payload);
    encoder.reset(Framing.CHUNKED);
    source.reset(Framing.ofLength(payload.length()));
    StringBuilder wire = new StringBuilder();
    int limit = in.limit();
    while (!source.done()) {
      in.limit(Math.min(limit, in.position() + random.nextInt(1, 20_000)));
      encoder.encode(source, in, output);
      if (random.nextInt(3) == 0) {
        wire.append(written());
        output.discard();
      }
    }
    encoder.end(output);
    wire.append(written());

    assertEquals(payload, decode(wire.toString(), random));
  }

  private String decode(String wire, Random random) throws ProtocolException {
    BodyDecoder decoder = new BodyDecoder();
    decoder.reset(Framing.CHUNKED);
    ByteBuffer in = Bytes.buffer(wire + "GET");
    ByteBuffer out = ByteBuffer.allocate(wire.length());
    while (!decoder.done()) {
      in.limit(Math.min(in.capacity(), in.position() + random.nextInt(1, 9_000)));
      int room = random.nextInt(1, 9_000);
      out.limit(Math.min(out.capacity(), out.position() + room));
      decoder.decode(in, out);
      out.limit(out.capacity());
      in.limit(in.capacity());
    }
    assertEquals("GET", Bytes.text(in));
    return Bytes.text(out.flip());
  }

  private String written() {
    return Bytes.text(output.room(0).duplicate().flip());
  }

  private static String payload(int bytes, long seed) {
    StringBuilder payload = new StringBuilder(bytes);
    new Random(seed).ints(bytes, 0, 256).forEach(b -> payload.append((char) b));
    return payload.toString();
  }
}
