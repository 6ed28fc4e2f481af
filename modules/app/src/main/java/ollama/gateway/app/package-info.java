/**
 * The program around the gateway. {@link ollama.gateway.app.Main} reads the command line; {@link
 * ollama.gateway.app.GatewayProcess} wires the parts and holds them together from start to stop;
 * {@link ollama.gateway.app.SettingsHolder} puts settings in force, at the start and at each
 * reload.
 */
@NullMarked
package ollama.gateway.app;

import org.jspecify.annotations.NullMarked;
