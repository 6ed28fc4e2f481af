package ollama.gateway.app;

import java.nio.file.Path;
import java.time.Duration;
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
   * Tell what a settings' file would change in a running gateway.
   *
   * @param config the file
   * @param url where the gateway is
   * @param keyFile holds an admin key; without one the environment does
   */
  record CheckAgainst(Path config, String url, Optional<Path> keyFile) implements Command {}

  /**
   * Mint a key into a settings file.
   *
   * @param config the file
   * @param name whom the key stands for; without one it is numbered
   * @param settings what it may
   */
  record NewKey(Path config, Optional<String> name, KeySettings settings) implements Command {}

  /**
   * Tell which keys there are.
   *
   * @param config the settings file
   * @param json whether a program reads the answer
   */
  record ListKeys(Path config, boolean json) implements Command {}

  /**
   * Tell all about one key.
   *
   * @param config the settings file
   * @param name its name, or how its digest begins
   * @param json whether a program reads the answer
   */
  record ShowKey(Path config, String name, boolean json) implements Command {}

  /**
   * Switch a key on or off.
   *
   * @param config the settings file
   * @param name its name, or how its digest begins
   * @param on whether it is to be let in
   * @param force whether others may be let in further by that
   */
  record SwitchKey(Path config, String name, boolean on, boolean force) implements Command {}

  /**
   * Put a new key in the place of another.
   *
   * @param config the settings file
   * @param name the old one's name, or how its digest begins
   * @param overlap for how long the old one is let in as well, if at all
   */
  record RotateKey(Path config, String name, Optional<Duration> overlap) implements Command {}

  /**
   * Take a key away.
   *
   * @param config the settings file
   * @param name its name, or how its digest begins
   * @param force whether others may be let in further by that
   */
  record DeleteKey(Path config, String name, boolean force) implements Command {}

  /**
   * Tell who used how many tokens.
   *
   * @param config the settings file of the gateway that wrote it down
   * @param key the one key that is asked for: its name, or how its digest begins
   * @param since the first day, or how long ago that was
   * @param form how it is told
   */
  record Usage(Path config, Optional<String> key, Optional<String> since, Form form)
      implements Command {}

  /** How numbers are told. */
  enum Form {
    TABLE,
    CSV,
    JSON
  }

  /**
   * Ask a running gateway how it is.
   *
   * @param config the settings' file that it was started with
   * @param ready whether to ask if requests should go there, not only if it runs
   * @param waitSeconds for how long to ask again until it is well
   */
  record Health(Path config, boolean ready, int waitSeconds) implements Command {}

  /**
   * Tell what goes on in a running gateway.
   *
   * @param config the settings' file that it was started with
   * @param url where it is instead
   * @param keyFile holds an admin key; without one the environment does
   * @param json whether a program reads the answer
   */
  record Status(Path config, Optional<String> url, Optional<Path> keyFile, boolean json)
      implements Command {}

  /**
   * Tell it again and again.
   *
   * @param config the settings' file that it was started with
   * @param url where it is instead
   * @param keyFile holds an admin key; without one the environment does
   * @param once whether once is enough
   */
  record Top(Path config, Optional<String> url, Optional<Path> keyFile, boolean once)
      implements Command {}

  /**
   * Have a running gateway's servers pull a model.
   *
   * @param model the model
   * @param servers the servers' names with commas between them, or {@code all}; without them the
   *     gateway chooses
   * @param config the settings' file that it was started with
   * @param url where it is instead
   * @param keyFile holds a key that may manage models; without one the environment does
   */
  record Pull(
      String model,
      Optional<String> servers,
      Path config,
      Optional<String> url,
      Optional<Path> keyFile)
      implements Command {}

  /** Tell which gateway this is. */
  record PrintVersion() implements Command {}

  /**
   * Tell how a command is used.
   *
   * @param text the answer
   */
  record PrintHelp(String text) implements Command {}
}
