package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;

/** {@code health}: how the gateway that runs on this machine is; for containers and scripts. */
final class HealthCommand {

  private static final int OK = 200;
  private static final int PAUSE_MILLIS = 50;

  private HealthCommand() {}

  /**
   * Asks, and prints the answer on one line.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @return the exit status
   */
  static int run(
      Command.Health asked, Map<String, String> environment, PrintStream out, PrintStream err) {
    GatewayConfig config;
    try {
      config = new ConfigLoader(environment).load(asked.config()).config();
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    List<OwnGateway> gateways = OwnGateway.of(config);
    if (gateways.isEmpty()) {
      err.println("gatewayAddress has port 0, so the port isn't known: choose one");
      return ExitStatus.WRONG_INPUT;
    }
    if (gateways.stream().allMatch(OwnGateway::wantsCertificate)) {
      err.println(
          "every address wants a certificate of its clients: add one for this machine alone, such"
              + " as http://127.0.0.1:8081, to gatewayAddress");
      return ExitStatus.WRONG_INPUT;
    }
    String path = asked.ready() ? "/gateway/ready" : "/gateway/live";
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(asked.waitSeconds());
    Answer answer = ask(gateways, path);
    while (!answer.well() && System.nanoTime() < deadline && pause()) {
      answer = ask(gateways, path);
    }
    (answer.well() ? out : err).println(answer.text());
    return answer.well() ? ExitStatus.DONE : ExitStatus.FAILED;
  }

  private record Answer(boolean well, String text) {}

  /** At the first address that answers: one that was added waits for a restart. */
  private static Answer ask(List<OwnGateway> gateways, String path) {
    StringJoiner silent = new StringJoiner(", ");
    for (OwnGateway gateway : gateways) {
      String url = gateway.url(path);
      try {
        OwnGateway.Answer answer = gateway.get(path);
        if (answer.status() == OK) {
          return new Answer(true, answer.text());
        }
        String reason = answer.text().isEmpty() ? "" : ": " + answer.text();
        return new Answer(false, url + " answered with status " + answer.status() + reason);
      } catch (IOException e) {
        silent.add(url + " doesn't answer: " + e.getMessage());
      }
    }
    return new Answer(false, silent + "; does the gateway run?");
  }

  /** False when interrupted. */
  private static boolean pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
