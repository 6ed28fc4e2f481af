/**
 * What the tests share: text blocks as bytes of the wire, a loop with a socket pair, a client and a
 * server that see every byte. Whoever closes them also checks that all pooled buffers came back.
 */
@NullMarked
package ollama.gateway.http.testing;

import org.jspecify.annotations.NullMarked;
