/**
 * A request's way through the gateway. {@link ollama.gateway.proxy.Gateway#handle} shows all its
 * phases in their order; {@link ollama.gateway.proxy.Forwarding} tries servers until one answers;
 * {@link ollama.gateway.proxy.Attempt} is one try, {@link ollama.gateway.proxy.Relay} passes its
 * answer on. What is known of Ollama, its routes and the shapes of its errors, stands in {@link
 * ollama.gateway.ollama.Route} and {@link ollama.gateway.ollama.ErrorShape}.
 */
@NullMarked
package ollama.gateway.proxy;

import org.jspecify.annotations.NullMarked;
