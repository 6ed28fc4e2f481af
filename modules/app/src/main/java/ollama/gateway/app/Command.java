package ollama.gateway.app;

import java.nio.file.Path;
import java.util.Optional;

/** What the command line asks for. */
sealed interface Command {

  /**
   * Run the gateway.
   *
   * @param config the settings' file
   * @param keyFile where a key that the gateway makes is kept, for the examples that it prints too
   * @param demo when to serve from a stand-in Ollama server of the gateway's own
   */
  record Serve(Path config, Optional<Path> keyFile, Demo demo) implements Command {}

  /** When the demo server takes the place of the configured ones. */
  enum Demo {
    NO,
    ALWAYS,
    /** As long as nobody has named servers and nothing listens where Ollama does by itself. */
    IF_ALONE
  }

  /**
   * Tell what is wrong with a settings' file.
   *
   * @param config the file
   */
  record Check(Path config) implements Command {}

  /**
   * Mint a key into a settings' file.
   *
   * @param config the file
   * @param name whom the key stands for; without one it is numbered
   * @param admin whether it may reload the settings and mint keys
   */
  record NewKey(Path config, Optional<String> name, boolean admin) implements Command {}

  /**
   * Ask a running gateway how it is.
   *
   * @param config the settings' file that it was started with
   * @param ready whether to ask if requests should go there, not only if it runs
   * @param waitSeconds for how long to ask again until it is well
   */
  record Health(Path config, boolean ready, int waitSeconds) implements Command {}

  /** Tell which gateway this is. */
  record PrintVersion() implements Command {}

  /**
   * Tell how a command is used.
   *
   * @param text the answer
   */
  record PrintHelp(String text) implements Command {}
}
