/**
 * Which server a request goes to, and the one line of those that no server can start now.
 *
 * <p>A {@link ollama.gateway.balancer.dispatch.Line} knows its servers: what they have loaded, what
 * is in flight there, how fast they were ({@link ollama.gateway.balancer.dispatch.Pace}) and whose
 * prompts they hold ({@link ollama.gateway.balancer.dispatch.PromptIndex}). For each {@link
 * ollama.gateway.balancer.dispatch.Work} it makes a snapshot of {@link
 * ollama.gateway.balancer.dispatch.Candidate}s, has a {@link
 * ollama.gateway.balancer.dispatch.Strategy} choose, and gives out a {@link
 * ollama.gateway.balancer.dispatch.Ticket} that is told when it may start. Nothing here reads a
 * clock or does I/O: the time is an argument, so that a simulator on virtual time runs this code.
 */
@NullMarked
package ollama.gateway.balancer.dispatch;

import org.jspecify.annotations.NullMarked;
