/**
 * HTTP/1.1 on the wire, RFC 9112: heads are scanned in runs of text until they are complete, then
 * parsed in one go; bodies are decoded and framed as they pass. Strict on both sides: what is
 * refused, and why, stands in {@link ollama.gateway.http.wire.Rule}. The result never depends on
 * how the bytes were split into reads.
 */
@NullMarked
package ollama.gateway.http.wire;

import org.jspecify.annotations.NullMarked;
