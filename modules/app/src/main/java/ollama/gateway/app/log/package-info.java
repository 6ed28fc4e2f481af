/**
 * The log: {@link java.lang.System.Logger} for all who write, one thread that formats and writes,
 * so that no event loop ever waits for a terminal or a disk.
 */
@NullMarked
package ollama.gateway.app.log;

import org.jspecify.annotations.NullMarked;
