/**
 * A stand-in for an Ollama server: it knows Ollama's routes and the shapes of their answers, lists
 * two models and streams canned words at a steady pace, without a GPU and without downloading
 * anything. {@code --demo} starts it beside the gateway; tests and benchmarks use it as an
 * upstream.
 *
 * <p>{@code DemoServer -> Router -> a route's action -> Generation}, which says the words in the
 * {@code Dialect} of the API that was asked.
 */
@NullMarked
package ollama.gateway.demo;

import org.jspecify.annotations.NullMarked;
