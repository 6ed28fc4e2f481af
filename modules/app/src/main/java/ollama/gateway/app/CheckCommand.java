package ollama.gateway.app;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.Loaded;
import ollama.gateway.http.tls.TlsChallenges;

/** {@code check}: what is wrong with a settings file. */
final class CheckCommand {

  private CheckCommand() {}

  /**
   * Reads the file, and tells all of its problems and warnings, a line each.
   *
   * @param environment what {@code ${NAME}} stands for
   * @return the exit status
   */
  static int run(Path file, Map<String, String> environment, PrintStream out, PrintStream err) {
    Loaded loaded;
    try {
      loaded = new ConfigLoader(environment).load(file);
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    try {
      Sharing.check(loaded.config().shared(), file);
      var _ = new TlsFiles(file, environment, new TlsChallenges()).read(loaded.config());
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    loaded.warnings().forEach(warning -> err.println("warning: " + warning.format("" + file)));
    out.println(file + ": fine: " + summary(loaded.config()));
    return ExitStatus.DONE;
  }

  /** So that whoever reads it sees whether this is the file that was meant. */
  private static String summary(GatewayConfig config) {
    long admins = config.apiKeys().stream().filter(ApiKey::admin).count();
    return count(config.ollamaAddresses().size(), "server")
        + ", "
        + count(config.apiKeys().size(), "key")
        + " ("
        + admins
        + " admin), listens on "
        + config.gatewayAddress().stream()
            .map(address -> address.place() + (address.isSecured(config.tls()) ? " with TLS" : ""))
            .collect(Collectors.joining(", "));
  }

  private static String count(int n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }
}
