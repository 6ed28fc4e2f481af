package ollama.gateway.proxy;

import ollama.gateway.config.OllamaServer;
import ollama.gateway.http.tls.TlsClient;

/** With what TLS is spoken to servers whose address says {@code https}. */
@FunctionalInterface
public interface ServerTls {

  /** What that is for one of them; the same for the same settings. */
  TlsClient of(OllamaServer server);
}
