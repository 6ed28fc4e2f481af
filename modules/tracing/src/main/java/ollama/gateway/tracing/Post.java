package ollama.gateway.tracing;

import java.io.IOException;

/** Hands spans to a collector; may block. */
@FunctionalInterface
public interface Post {

  /**
   * What a collector answered.
   *
   * @param status of HTTP
   * @param retryAfterSeconds how long it wants to be left alone; 0 if it doesn't say
   */
  record Answer(int status, int retryAfterSeconds) {}

  /**
   * Hands them over.
   *
   * @param body as OTLP has it in JSON
   * @throws IOException if there is no answer
   */
  Answer send(Collector collector, byte[] body) throws IOException;
}
