/**
 * What several gateways have in common, in Valkey or Redis.
 *
 * <p>One thread, the {@link ollama.gateway.valkey.Courier}, has the only connection. Requests hand
 * it {@link ollama.gateway.valkey.StoreCall}s and wait for none of them but their own {@link
 * ollama.gateway.valkey.Admission}; what comes while it waits for answers goes out together, in one
 * round trip. Every step in the store is a script, and so atomic. What a script counts is bound to
 * the replica that it is counted for: a lease, renewed by each beat, ends what a dead one has held,
 * and a replica whose lease is unknown, since it was paused or the store was emptied, tells anew
 * what it holds.
 */
@NullMarked
package ollama.gateway.valkey;

import org.jspecify.annotations.NullMarked;
