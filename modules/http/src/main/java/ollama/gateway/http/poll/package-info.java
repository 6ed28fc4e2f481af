/**
 * What an event loop asks the operating system: a {@link ollama.gateway.http.poll.Poller} says
 * which of its sockets something happened to, and a {@link ollama.gateway.http.poll.Port} reads and
 * writes one of them. Everything above is the same whatever the system is asked with.
 */
@NullMarked
package ollama.gateway.http.poll;

import org.jspecify.annotations.NullMarked;
