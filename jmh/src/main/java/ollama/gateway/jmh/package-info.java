/**
 * Microbenchmarks of what every request passes through. They answer whether a change made one step
 * slower or made it allocate; what the gateway costs as a whole only a load test tells.
 */
@NullMarked
package ollama.gateway.jmh;

import org.jspecify.annotations.NullMarked;
