package ollama.gateway.shared;

import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.config.SharedConfig;

/**
 * Makes what several gateways have in common. A service, since a client for a store is a part of
 * the image that few need: there is none in the plain one.
 */
public interface SharedStates {

  /** Who does it; empty in an image that has nobody for it. */
  static Optional<SharedStates> service() {
    return ServiceLoader.load(SharedStates.class).findFirst();
  }

  /**
   * Makes one, which connects when it is started.
   *
   * @param config where the store is
   * @param replica a name that no other gateway has, nor had, of letters and digits
   * @param ledger the name of what has counted {@link ollama.gateway.usage.PeriodTotals}: the same
   *     for as long as it knows what it has counted, also after a restart
   * @param tls what speaks TLS with the store, asked for each connection, from any thread; empty
   *     for what the JDK has. Whose name a certificate has to have is checked by who connects
   */
  SharedState open(
      SharedConfig config, String replica, String ledger, Supplier<Optional<SSLSocketFactory>> tls);
}
