package ollama.gateway.http.wire;

import java.nio.ByteBuffer;

/** Is shown payload on its way from one body to another, without its framing. */
@FunctionalInterface
public interface PayloadObserver {

  /** Looks at nothing. */
  PayloadObserver NONE = (in, from, count) -> {};

  /**
   * Payload passes. To be looked at now: the buffer is used for something else next, and its
   * position and limit mean nothing and must stay.
   *
   * @param in holds it
   * @param from index of its first byte
   * @param count how many bytes there are; 1 or more
   */
  void passes(ByteBuffer in, int from, int count);
}
