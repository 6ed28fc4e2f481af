package ollama.gateway.http.poll;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A connected socket with a {@link Poller}: read and written without waiting. For one thread at a
 * time.
 */
public interface Port extends Registration {

  /**
   * Reads what is there.
   *
   * @return the number of bytes; 0 when there is nothing now, -1 at the end of the stream
   */
  int read(ByteBuffer into) throws IOException;

  /**
   * Whether there is more to be read, or the end, of which the system knows nothing, so that no
   * wait would end for it.
   */
  default boolean hasMore() {
    return false;
  }

  /**
   * Writes what there is room for now; returns the number of bytes. Who has more comes with the
   * same bytes again, since some of it may be on its way.
   */
  int write(ByteBuffer from) throws IOException;

  /** Ends the sending side, behind all that was written; the peer sees the end of the stream. */
  void shutdownOutput() throws IOException;

  /** As {@link #close}, but with a reset: what the peer hasn't taken yet is lost. */
  void reset();
}
