package ollama.gateway.balancer;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import ollama.gateway.config.OllamaServer;

/** Asks a server for a sign of life. */
@FunctionalInterface
public interface Probe {

  /**
   * Sends one GET and waits for the answer. May block. When its thread is interrupted it must
   * return soon, in whatever way: nobody looks at the result any more.
   *
   * @param server where, and what it gets besides
   * @param path what to get, below the base path of its address
   * @param timeout for all of it, from connecting to the head of the answer
   * @return the status code of the answer
   * @throws UnableException if it couldn't be asked at all, which says nothing about the server
   * @throws ConnectException if no connection could be made; its message is for the log
   * @throws IOException if there was no answer in time, or none that can be understood; its message
   *     is for the log
   */
  int status(OllamaServer server, String path, Duration timeout) throws IOException;

  /** No question could be sent, for want of something on this side. */
  final class UnableException extends IOException {

    private static final long serialVersionUID = 1L;

    /** A check that wasn't made, and what kept it from being made. */
    public UnableException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
