/**
 * Which server a request goes to, and which servers are up.
 *
 * <p>A {@link ollama.gateway.balancer.Balancer} is an immutable list of {@link
 * ollama.gateway.balancer.Upstream}s, which outlive reloads and know their health. A request takes
 * a {@link ollama.gateway.balancer.Lease} on one, round robin, gives it back whatever happens, and
 * reports what it saw. The {@link ollama.gateway.balancer.HealthMonitor} asks each server from time
 * to time, and out of turn when a request reports that it is silent. A server counts as up until it
 * is proven down: by a check, or by a refused connection.
 */
@NullMarked
package ollama.gateway.balancer;

import org.jspecify.annotations.NullMarked;
