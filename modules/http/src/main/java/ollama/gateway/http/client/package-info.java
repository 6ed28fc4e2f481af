/**
 * The client's side: connections to upstream servers, pooled on each event loop so that a request
 * stays on the loop of its client. A connection goes back to the pool only after a response that
 * was read whole and left nothing behind; one that saw an error never does, nor one to an address
 * that the server's name no longer has.
 */
@NullMarked
package ollama.gateway.http.client;

import org.jspecify.annotations.NullMarked;
