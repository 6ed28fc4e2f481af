package ollama.gateway.jmh.sidebyside;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What all proxies have in common.
 *
 * @param folder for their files
 * @param upstreamPort where the server is
 * @param tls what they speak TLS with; empty where they don't
 */
record Setup(Path folder, int upstreamPort, Optional<TlsPair> tls) {

  /** Where the store is that gateways share. */
  static final int STORE_PORT = 26_390;
}
