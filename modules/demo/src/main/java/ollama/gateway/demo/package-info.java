/**
 * A stand-in for an Ollama server: it lists a model and streams an answer at a steady pace, without a
 * GPU and without downloading anything. {@code --demo} starts it beside the gateway.
 */
@NullMarked
package ollama.gateway.demo;

import org.jspecify.annotations.NullMarked;
