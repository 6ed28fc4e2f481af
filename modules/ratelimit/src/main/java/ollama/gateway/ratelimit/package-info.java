/**
 * How often one client may ask: at most N requests in any window of some seconds, exactly.
 *
 * <p>{@link ollama.gateway.ratelimit.Limits} is what requests reserve of, each with a {@link
 * ollama.gateway.ratelimit.Ticket}; the one that there is, {@link
 * ollama.gateway.ratelimit.RateLimiter}, checks and records in one step and answers with a {@link
 * ollama.gateway.ratelimit.Decision} that carries what the response's header fields say. Who counts
 * as one client is the caller's matter. Time comes from outside, memory is bounded, and there is no
 * thread: what is out of date goes while others ask. It runs on event loops, so it does nothing but
 * arithmetic under one short lock.
 */
@NullMarked
package ollama.gateway.ratelimit;

import org.jspecify.annotations.NullMarked;
