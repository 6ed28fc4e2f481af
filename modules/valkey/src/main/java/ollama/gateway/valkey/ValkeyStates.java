package ollama.gateway.valkey;

import ollama.gateway.config.SharedConfig;
import ollama.gateway.shared.SharedState;
import ollama.gateway.shared.SharedStates;

/** Has in common what is in Valkey or Redis. */
public final class ValkeyStates implements SharedStates {

  /** For the service loader. */
  public ValkeyStates() {}

  @Override
  public SharedState open(SharedConfig config, String replica, String ledger) {
    return new ValkeyState(config, replica, ledger);
  }
}
