package ollama.gateway.valkey;

import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.shared.SharedState;
import ollama.gateway.shared.SharedStates;

/** Has in common what is in Valkey or Redis. */
public final class ValkeyStates implements SharedStates {

  /** For the service loader. */
  public ValkeyStates() {}

  @Override
  public SharedState open(
      SharedConfig config,
      String replica,
      String ledger,
      Supplier<Optional<SSLSocketFactory>> tls) {
    return new ValkeyState(config, replica, ledger, tls);
  }
}
