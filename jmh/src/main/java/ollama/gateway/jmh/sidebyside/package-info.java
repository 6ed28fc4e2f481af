/**
 * The gateway, nginx, HAProxy, pumps that only copy bytes, and no proxy at all, under the same load
 * in one run: what each costs per request and per token, how much latency it adds, how much memory
 * it takes. Everything stays on loopback and is bounded in time and count. {@link
 * ollama.gateway.jmh.sidebyside.SideBySide#main} is where it starts.
 */
@NullMarked
package ollama.gateway.jmh.sidebyside;

import org.jspecify.annotations.NullMarked;
