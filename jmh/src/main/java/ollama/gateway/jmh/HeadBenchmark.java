package ollama.gateway.jmh;

import java.nio.ByteBuffer;
import java.util.Optional;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.RequestParser;
import ollama.gateway.http.wire.ResponseParser;
import org.openjdk.jmh.annotations.Benchmark;

/** A whole head, parsed from one buffer as on a connection that is kept alive. */
public class HeadBenchmark extends MicroBenchmark {

  private final RequestParser requestParser = new RequestParser();
  private final ResponseParser responseParser = new ResponseParser();
  private final ByteBuffer request = direct(Traffic.requestHead());
  private final ByteBuffer response = direct(Traffic.responseHead());

  /** The Python client's request. */
  @Benchmark
  public Optional<RequestHead> parseRequest() throws ProtocolException {
    requestParser.reset();
    return requestParser.parse(request.rewind(), HeadLimits.DEFAULT);
  }

  /** A server's answer. */
  @Benchmark
  public Optional<ResponseHead> parseResponse() throws ProtocolException {
    responseParser.reset();
    return responseParser.parse(response.rewind(), HeadLimits.DEFAULT, false);
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
