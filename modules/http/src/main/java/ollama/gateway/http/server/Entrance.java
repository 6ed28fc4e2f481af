package ollama.gateway.http.server;

import java.util.Optional;
import java.util.function.Supplier;
import ollama.gateway.http.tls.TlsServer;

/**
 * An address by which clients come.
 *
 * @param local whether this machine alone can come by it
 * @param tls what is spoken there, asked for anew for each connection; empty where TLS isn't
 */
record Entrance(boolean local, Optional<Supplier<TlsServer>> tls) {}
