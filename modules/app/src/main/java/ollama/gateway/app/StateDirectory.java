package ollama.gateway.app;

import java.nio.file.Path;
import ollama.gateway.config.GatewayConfig;

/** Where the gateway keeps what is to be known after a restart. */
final class StateDirectory {

  private StateDirectory() {}

  /**
   * The folder that the settings name, or theirs.
   *
   * @param file the settings file
   */
  static Path of(Path file, GatewayConfig config) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null
        ? Path.of(config.stateDirectory())
        : folder.resolve(config.stateDirectory());
  }
}
