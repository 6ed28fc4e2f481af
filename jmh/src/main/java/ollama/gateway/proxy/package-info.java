/** Benchmarks of what the gateway's package of this name keeps to itself. */
@NullMarked
package ollama.gateway.proxy;

import org.jspecify.annotations.NullMarked;
