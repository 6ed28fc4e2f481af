/**
 * What is known of Ollama's API, by those who pass it on and those who stand in for it. It knows no
 * HTTP beyond paths and statuses, and no gateway.
 */
@NullMarked
package ollama.gateway.ollama;

import org.jspecify.annotations.NullMarked;
