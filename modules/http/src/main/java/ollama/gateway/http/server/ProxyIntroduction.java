package ollama.gateway.http.server;

import java.io.IOException;
import java.util.Optional;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.ProxyHeader;
import ollama.gateway.http.wire.Rule;

/** How a proxy tells, before the first request of a connection, whose connection it is. */
final class ProxyIntroduction {

  private ProxyIntroduction() {}

  /**
   * Waits for it.
   *
   * @param deadline for all of it
   * @return what it says; empty when the connection ends before, or nothing comes in time
   * @throws ProtocolException when something else comes, or only a part in time
   */
  static Optional<ProxyHeader> await(Connection connection, Input input, long deadline)
      throws IOException {
    while (true) {
      Optional<ProxyHeader> header = ProxyHeader.parse(input.bytes());
      if (header.isPresent()) {
        input.release();
        return header;
      }
      try {
        connection.awaitReadable(null, deadline, "PROXY header");
      } catch (DeadlineException e) {
        if (input.isEmpty()) {
          return Optional.empty();
        }
        throw new ProtocolException(Rule.PROXY_HEADER);
      }
      if (input.fill() < 0) {
        return Optional.empty();
      }
    }
  }
}
