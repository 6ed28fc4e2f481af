package ollama.gateway.http.server;

import java.io.IOException;

/** The client closed its side before it had its answer. */
public final class PeerLeftException extends IOException {

  private static final long serialVersionUID = 1L;

  /** A client that left. */
  public PeerLeftException() {
    super("the client left");
  }
}
