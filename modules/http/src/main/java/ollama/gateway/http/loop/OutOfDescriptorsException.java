package ollama.gateway.http.loop;

import java.io.IOException;

/** This process can open no more sockets; it says nothing about any peer. */
public final class OutOfDescriptorsException extends IOException {

  private static final long serialVersionUID = 1L;

  /** The system refused a socket, for this cause. */
  public OutOfDescriptorsException(IOException cause) {
    super("this process is out of file descriptors", cause);
  }
}
