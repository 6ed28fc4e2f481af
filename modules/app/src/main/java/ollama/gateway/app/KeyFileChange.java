package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.ConfigWriter;
import ollama.gateway.config.GatewayConfig;

/**
 * A change of a settings file's keys, as the commands make it: told when it is done, or why not.
 */
final class KeyFileChange {

  private final Path file;
  private final ConfigLoader loader;
  private final PrintStream err;
  private final String notDone;

  /** What the file says with the change; empty before. */
  private Optional<GatewayConfig> says = Optional.empty();

  /**
   * Prepares.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @param notDone what is said when it couldn't be done
   */
  KeyFileChange(Path file, Map<String, String> environment, PrintStream err, String notDone) {
    this.file = file;
    this.loader = new ConfigLoader(environment);
    this.err = err;
    this.notDone = notDone;
  }

  /**
   * Makes the change.
   *
   * @param done what is left to do then; isn't run if the change wasn't made
   * @return the exit status
   */
  int make(ConfigWriter.Edit<KeyRefusedException> edit, Runnable done) {
    try {
      says = Optional.of(new ConfigWriter().editApiKeys(file, loader, edit).config());
    } catch (ConfigException e) {
      err.println(e.getMessage());
      err.println(notDone + "; " + file + " is as it was");
      return ExitStatus.WRONG_INPUT;
    } catch (KeyRefusedException e) {
      err.println(file + ": " + e.getMessage());
      return ExitStatus.WRONG_INPUT;
    } catch (IOException e) {
      err.println(notDone + ": " + e.getMessage());
      return ExitStatus.FAILED;
    }
    done.run();
    return ExitStatus.DONE;
  }

  /** When a running gateway knows of it. */
  String inForce() {
    boolean watched = says.map(GatewayConfig::watchConfig).orElse(true);
    return watched
        ? "a running gateway heeds it within a second"
        : "a running gateway heeds it after a reload (SIGHUP), since watchConfig is false";
  }

  /** Says so where a key that was made isn't let in by the settings that it has. */
  void warnIfUseless(String name, Instant now) {
    Optional<ApiKey> key =
        says.flatMap(c -> c.apiKeys().stream().filter(k -> k.name().equals(name)).findFirst());
    if (key.isPresent() && key.get().disabled()) {
      err.println("warning: " + name + " is disabled, so this key isn't let in either");
    } else if (key.isPresent() && new Principal(key.get()).isExpired(now)) {
      err.println("warning: this key isn't let in, it has expired: " + key.get().expires());
    }
  }
}
