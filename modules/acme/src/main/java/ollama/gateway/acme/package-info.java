/** Orders certificates by acme4j. */
@NullMarked
package ollama.gateway.acme;

import org.jspecify.annotations.NullMarked;
