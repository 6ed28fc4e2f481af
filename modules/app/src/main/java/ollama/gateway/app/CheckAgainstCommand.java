package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.config.ConfigDifference;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.Loaded;

/** {@code check --against}: what a settings file would change in a running gateway. */
final class CheckAgainstCommand {

  private static final int SHOWN_VALUE_MAX = 1000;

  private CheckAgainstCommand() {}

  /**
   * Reads the file, asks the gateway, and tells each setting that differs, a line each.
   *
   * @param environment what {@code ${NAME}} in the file stands for, and maybe the key
   * @return the exit status
   */
  static int run(
      Command.CheckAgainst asked,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err) {
    Path file = asked.config();
    Loaded loaded;
    String key;
    try {
      loaded = new ConfigLoader(environment).load(file);
      key = RunningGateway.key(asked.keyFile(), environment, "--against needs an admin key");
    } catch (ConfigException | IOException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    loaded.warnings().forEach(warning -> err.println("warning: " + warning.format("" + file)));
    RunningGateway gateway = new RunningGateway(asked.url(), key);
    List<ConfigDifference> differences;
    try {
      differences = ConfigDifference.of(gateway.get("/gateway/config"), loaded.config());
    } catch (ConfigException e) {
      err.println(asked.url() + " doesn't answer as a gateway does; is it one?");
      return ExitStatus.UNKNOWN;
    } catch (IOException e) {
      err.println(asked.url() + " can't be asked: " + e.getMessage());
      return ExitStatus.UNKNOWN;
    }
    if (differences.isEmpty()) {
      out.println(file + ": the gateway at " + asked.url() + " runs with these settings");
      return ExitStatus.DONE;
    }
    out.println(file + ": the gateway at " + asked.url() + " runs with other settings");
    differences.forEach(difference -> out.println("  " + line(difference)));
    return ExitStatus.FAILED;
  }

  private static String line(ConfigDifference difference) {
    String end = difference.needsRestart() ? "; only a restart changes that" : "";
    if (difference.running().isEmpty()) {
      return difference.path() + ": only the file has it: " + shown(difference.file()) + end;
    }
    if (difference.file().isEmpty()) {
      return difference.path() + ": only the gateway has it: " + shown(difference.running()) + end;
    }
    return difference.path()
        + ": it runs with "
        + shown(difference.running())
        + ", the file says "
        + shown(difference.file())
        + end;
  }

  private static String shown(Optional<String> value) {
    return Clean.cut(value.orElse(""), SHOWN_VALUE_MAX);
  }
}
