/**
 * Memory that connections share and must leave to each other: pooled buffers, and budgets for what
 * each may have more of. It knows no socket.
 */
@NullMarked
package ollama.gateway.http.memory;

import org.jspecify.annotations.NullMarked;
