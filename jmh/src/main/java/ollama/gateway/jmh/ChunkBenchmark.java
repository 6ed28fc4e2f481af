package ollama.gateway.jmh;

import java.nio.ByteBuffer;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.wire.BodyDecoder;
import ollama.gateway.http.wire.ProtocolException;
import org.openjdk.jmh.annotations.Benchmark;

/** The chunks of a streamed answer, taken apart. */
public class ChunkBenchmark extends MicroBenchmark {

  private final BodyDecoder decoder = new BodyDecoder();
  private final ByteBuffer out = ByteBuffer.allocateDirect(16 * 1024);
  private final ByteBuffer chunk = direct(Traffic.chunk());
  private final ByteBuffer body = direct(Traffic.body());

  /** The one chunk that a token comes in. */
  @Benchmark
  public int oneToken() throws ProtocolException {
    decoder.reset(Framing.CHUNKED);
    decoder.decode(chunk.rewind(), out.clear());
    return out.position();
  }

  /** A short answer from its first chunk to the last. */
  @Benchmark
  public int wholeAnswer() throws ProtocolException {
    decoder.reset(Framing.CHUNKED);
    body.rewind();
    out.clear();
    while (!decoder.done()) {
      decoder.decode(body, out);
    }
    return out.position();
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
