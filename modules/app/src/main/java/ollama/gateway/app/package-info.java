/**
 * The program. {@code Main} reads the command line and wires everything by constructors; there is no
 * framework and no state outside of what it builds. Here, too, are the log, the signals and the
 * endpoints for those who run the gateway.
 */
@NullMarked
package ollama.gateway.app;

import org.jspecify.annotations.NullMarked;
