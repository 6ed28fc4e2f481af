package ollama.gateway.jmh;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.RequestParser;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The head that Ollama's Python client sends, parsed from one buffer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RequestParserBenchmark {
  private final RequestParser parser = new RequestParser();
  private final ByteBuffer head =
      ByteBuffer.wrap(
          """
          POST /api/chat HTTP/1.1
          Host: localhost:8080
          Accept-Encoding: gzip, deflate
          Connection: keep-alive
          Content-Type: application/json
          Accept: application/json
          User-Agent: ollama-python/0.6.0 (x86_64 linux) Python/3.13.1
          Authorization: Bearer 0123456789abcdef0123456789abcdef0123456789a
          Content-Length: 123

          """
              .replace("\n", "\r\n")
              .getBytes(StandardCharsets.US_ASCII));

  /** One whole head, as on a connection that is kept alive. */
  @Benchmark
  public Optional<RequestHead> wholeHead() throws ProtocolException {
    parser.reset();
    return parser.parse(head.rewind(), HeadLimits.DEFAULT);
  }
}
