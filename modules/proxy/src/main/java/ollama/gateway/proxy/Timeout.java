package ollama.gateway.proxy;

import java.util.Locale;

/** What was waited for in vain, as it is counted; those of heads and bodies are broken rules. */
enum Timeout {
  /** {@code timeouts.connectMillis}. */
  CONNECT,
  /** {@code timeouts.firstByteSeconds}. */
  FIRST_BYTE,
  /** {@code timeouts.upstreamIdleSeconds}. */
  UPSTREAM_IDLE,
  /** {@code timeouts.writeStallSeconds}. */
  WRITE_STALL;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The name of the setting, without its unit. */
  String label() {
    return label;
  }
}
