/**
 * What the tests talk with: {@link ollama.gateway.app.testing.FakeUpstream} plays servers by a
 * script, {@link ollama.gateway.app.testing.RawClient} sends and reads bytes, and {@link
 * ollama.gateway.app.testing.TestGateway} is a whole gateway between them. All three use blocking
 * sockets on threads of their own, and nothing of the gateway's HTTP code, so that a mistake there
 * can't hide itself. {@link ollama.gateway.app.testing.ForeignUpstream} is a server of foreign
 * make, for what nobody here thought of.
 */
@NullMarked
package ollama.gateway.app.testing;

import org.jspecify.annotations.NullMarked;
