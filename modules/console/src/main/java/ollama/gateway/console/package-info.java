/**
 * What the status page shows and remembers. All of it lies in memory, within fixed bounds, and
 * begins anew with each start.
 */
@NullMarked
package ollama.gateway.console;

import org.jspecify.annotations.NullMarked;
