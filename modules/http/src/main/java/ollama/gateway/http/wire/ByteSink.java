package ollama.gateway.http.wire;

import java.nio.ByteBuffer;

/** Where the bytes of messages go. */
public interface ByteSink {

  /** A buffer to append to, with room for at least {@code bytes}; valid until the next call. */
  ByteBuffer room(int bytes);
}
