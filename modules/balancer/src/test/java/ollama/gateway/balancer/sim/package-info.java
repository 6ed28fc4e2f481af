/**
 * The real line, policies and learning, before simulated servers on virtual time.
 *
 * <p>A {@link ollama.gateway.balancer.sim.World} has servers that behave as Ollama does (slots for
 * each model, one load at a time, evictions, prompt caches, failures) and clients whose arrivals
 * come from a seed. {@link ollama.gateway.balancer.sim.Simulate} prints what came of it as tables.
 */
@NullMarked
package ollama.gateway.balancer.sim;

import org.jspecify.annotations.NullMarked;
