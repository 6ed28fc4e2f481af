/**
 * The ground everything stands on: an {@link ollama.gateway.http.loop.EventLoop} is one platform
 * thread with one poller that also carries the virtual threads of its connections, so a ready
 * socket resumes its thread without a hand-over. A {@link ollama.gateway.http.loop.Connection}
 * gives such a thread blocking-style waiting with deadlines, or passes bytes on while it stays
 * parked ({@link ollama.gateway.http.loop.ReadListener}); buffers come from the loop's pool and go
 * back before a thread parks with nothing in them.
 */
@NullMarked
package ollama.gateway.http.loop;

import org.jspecify.annotations.NullMarked;
