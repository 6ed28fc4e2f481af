/**
 * Heads of HTTP/1.1 messages as the rest of the program sees them: checked, read-only views of the
 * bytes that came. Field names that matter here are told apart once, by the parser, so that nobody
 * after it compares strings. A view belongs to its connection and holds until that connection's
 * next head is read.
 */
@NullMarked
package ollama.gateway.http.message;

import org.jspecify.annotations.NullMarked;
