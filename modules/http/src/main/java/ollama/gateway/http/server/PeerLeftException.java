package ollama.gateway.http.server;

import java.io.IOException;
import ollama.gateway.http.loop.DeadlineException;

/** The client closed its side, or stopped reading, before it had its answer. */
public final class PeerLeftException extends IOException {

  private static final long serialVersionUID = 1L;

  /** A client that left. */
  public PeerLeftException() {
    super("the client left");
  }

  /** A client that is gone for all we know; {@code why} says how that showed. */
  public PeerLeftException(String why, IOException cause) {
    super(why, cause);
  }

  /** Whether it stopped reading, so that it was given up. */
  public boolean stalled() {
    return getCause() instanceof DeadlineException;
  }
}
