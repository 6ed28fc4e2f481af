/** Certificates that the gateway orders and renews by itself (ACME, RFC 8555). */
@NullMarked
package ollama.gateway.app.acme;

import org.jspecify.annotations.NullMarked;
