package ollama.gateway.app;

import java.io.IOException;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.http.loop.EventLoops;

/** The event loops of a gateway, as its settings and its start want them. */
final class Loops {

  /** How many there are; by default one for two processors. */
  private static final String COUNT_PROPERTY = "ollama.gateway.loops";

  private Loops() {}

  static EventLoops start(GatewayConfig config) throws IOException {
    int count = Integer.getInteger(COUNT_PROPERTY, EventLoops.suitableCount());
    return config.io().equals("nio")
        ? EventLoops.startWithNio(count, "the setting io is nio")
        : EventLoops.start(count);
  }
}
