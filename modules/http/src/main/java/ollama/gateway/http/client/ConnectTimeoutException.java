package ollama.gateway.http.client;

import java.net.ConnectException;

/** No address of a server answered in time; nothing was sent. */
public final class ConnectTimeoutException extends ConnectException {

  private static final long serialVersionUID = 1L;

  /** An attempt to connect that took too long. */
  public ConnectTimeoutException() {
    super("no connection in time");
  }
}
