/**
 * The server's side: {@link ollama.gateway.http.server.HttpServer} accepts, one virtual thread per
 * connection reads heads, hands each request to the {@link ollama.gateway.http.server.Handler} as
 * an {@link ollama.gateway.http.server.Exchange}, and writes what it answers. Pipelined requests
 * are answered in order. A client that leaves is noticed at once, even while the handler waits for
 * something else.
 */
@NullMarked
package ollama.gateway.http.server;

import org.jspecify.annotations.NullMarked;
