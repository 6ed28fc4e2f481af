/**
 * TLS 1.2 and 1.3 between a socket and those who read and write it, and the files that it needs.
 */
@NullMarked
package ollama.gateway.http.tls;

import org.jspecify.annotations.NullMarked;
