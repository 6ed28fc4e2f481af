package ollama.gateway.app;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;

/** Where the gateway keeps what is to be known after a restart. */
final class StateDirectory {

  private static final String VARIABLE = "STATE_DIRECTORY";

  private StateDirectory() {}

  /** What keys have used, as it is kept there. */
  static Ledger openLedger(Path file, GatewayConfig config, Map<String, String> environment) {
    Bounds bounds =
        new Bounds(
            config.usage().keepDays(),
            config.usage().maxRows(),
            Bounds.DEFAULT.modelsPerKeyAndDay());
    return Ledger.open(
        of(file, config, environment), bounds, InstantSource.system(), new LedgerLog());
  }

  /**
   * The folder that the settings name, else the one that systemd has made for the service, as the
   * container has one too, else that of the settings.
   *
   * @param file the settings file
   */
  static Path of(Path file, GatewayConfig config, Map<String, String> environment) {
    String named = config.stateDirectory();
    if (named.isEmpty()) {
      // Of several, which systemd separates so, the first.
      String given = environment.getOrDefault(VARIABLE, "");
      int colon = given.indexOf(':');
      named = colon < 0 ? given : given.substring(0, colon);
    }
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? Path.of(named) : folder.resolve(named);
  }
}
