/**
 * Who may come in, decided from settings alone.
 *
 * <p>{@link ollama.gateway.auth.AddressRules} looks at where a request comes from, {@link
 * ollama.gateway.auth.KeyRing} at the key that it carries; the answer is a {@link
 * ollama.gateway.auth.Principal}, whose name may be logged while the key never is. Everything here
 * is immutable, neither blocks nor does I/O, and runs on event loops: a reload builds new objects.
 */
@NullMarked
package ollama.gateway.auth;

import org.jspecify.annotations.NullMarked;
