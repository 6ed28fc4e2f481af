package ollama.gateway.http.server;

import java.net.InetAddress;
import ollama.gateway.http.wire.Rule;

/** What the server tells about itself; called on event loops, so implementations must be quick. */
public interface ServerEvents {

  /** Events nobody listens to. */
  ServerEvents NONE = new ServerEvents() {};

  /** A connection was accepted. */
  default void opened() {}

  /** A connection was closed. */
  default void closed() {}

  /** A client broke a rule; its connection ends with that. */
  default void refused(InetAddress client, Rule rule) {}

  /** TLS wasn't agreed upon with a client; {@code why} is for people. */
  default void handshakeFailed(InetAddress client, String why) {}

  /** A connection was refused because its address has too many. */
  default void crowded(InetAddress client) {}

  /** An idle connection was closed, so that another could be accepted. */
  default void idleClosed(Shortage shortage) {}

  /** Accepting pauses until a connection ends; told once for each pause. */
  default void acceptPaused(Shortage shortage) {}

  /**
   * Accepting failed and pauses for a while; {@code why} is the system's text. Told once until it
   * works.
   */
  default void acceptFailed(String why) {}

  /** A handler failed with something that it should have caught. */
  default void failed(Throwable failure) {}
}
