package ollama.gateway.http.server;

import java.io.IOException;

/** Answers requests. Called on a connection's virtual thread; must not block its carrier. */
@FunctionalInterface
public interface Handler {

  /**
   * Answers one request, wholly, before it returns.
   *
   * @throws IOException when the answer can't be completed: the connection is closed then, so that
   *     what was sent doesn't look whole; with nothing sent yet, the client gets a plain 500
   */
  void handle(Exchange exchange) throws IOException;
}
