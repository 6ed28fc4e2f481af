package ollama.gateway.http.server;

import java.io.IOException;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.Rule;

/** Looks whether a client that connects to where TLS is spoken speaks that. */
final class TlsStart {

  /** The type of the record that every handshake begins with. */
  private static final byte HANDSHAKE = 22;

  private TlsStart() {}

  /**
   * Waits for the first byte.
   *
   * @return whether there may be a handshake; not if the connection ends first, or nothing comes
   * @throws ProtocolException when it is something else: a request for http, as a rule, whose
   *     client can be told
   */
  static boolean await(Connection connection, Input input, long deadline) throws IOException {
    while (input.isEmpty()) {
      try {
        connection.awaitReadable(null, deadline, "TLS");
      } catch (DeadlineException e) {
        return false;
      }
      if (input.fill() < 0) {
        return false;
      }
    }
    if (input.bytes().get(input.bytes().position()) != HANDSHAKE) {
      throw new ProtocolException(Rule.NOT_TLS);
    }
    return true;
  }
}
