package ollama.gateway.jmh;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.wire.BodyDecoder;
import ollama.gateway.http.wire.ProtocolException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The chunk that holds one token of a stream, taken apart. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FramingBenchmark {

  static final String LINE =
      "{\"model\":\"tiny\",\"created_at\":\"2026-11-23T00:50:10.493150882Z\","
          + "\"response\":\" get\",\"done\":false}\n";

  private final BodyDecoder decoder = new BodyDecoder();
  private final ByteBuffer out = ByteBuffer.allocateDirect(1024);
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(1024);

  /** One stream for the whole run. */
  @Setup(Level.Trial)
  public void setUp() {
    String framed = Integer.toHexString(LINE.length()) + "\r\n" + LINE + "\r\n";
    chunk.put(framed.getBytes(StandardCharsets.US_ASCII)).flip();
    decoder.reset(Framing.CHUNKED);
  }

  /** The payload of one chunk. */
  @Benchmark
  public int decodeOneToken() throws ProtocolException {
    decoder.decode(chunk.rewind(), out.clear());
    return out.position();
  }
}
