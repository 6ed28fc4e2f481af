package ollama.gateway.app;

import java.nio.file.Path;
import java.time.InstantSource;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;

/** Where the gateway keeps what is to be known after a restart. */
final class StateDirectory {

  private StateDirectory() {}

  /** What keys have used, as it is kept there. */
  static Ledger openLedger(Path file, GatewayConfig config) {
    Bounds bounds =
        new Bounds(
            config.usage().keepDays(),
            config.usage().maxRows(),
            Bounds.DEFAULT.modelsPerKeyAndDay());
    return Ledger.open(of(file, config), bounds, InstantSource.system(), new LedgerLog());
  }

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
