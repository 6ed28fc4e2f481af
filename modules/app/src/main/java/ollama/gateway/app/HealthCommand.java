package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
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
    if (config.gatewayAddress().port() == 0) {
      err.println("gatewayAddress has port 0, so the port isn't known: choose one");
      return ExitStatus.WRONG_INPUT;
    }
    OwnGateway gateway = new OwnGateway(config);
    String path = asked.ready() ? "/gateway/ready" : "/gateway/live";
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(asked.waitSeconds());
    Answer answer = ask(gateway, path);
    while (!answer.well() && System.nanoTime() < deadline && pause()) {
      answer = ask(gateway, path);
    }
    (answer.well() ? out : err).println(answer.text());
    return answer.well() ? ExitStatus.DONE : ExitStatus.FAILED;
  }

  private record Answer(boolean well, String text) {}

  private static Answer ask(OwnGateway gateway, String path) {
    String url = gateway.url(path);
    try {
      OwnGateway.Answer answer = gateway.get(path);
      if (answer.status() == OK) {
        return new Answer(true, answer.text());
      }
      String reason = answer.text().isEmpty() ? "" : ": " + answer.text();
      return new Answer(false, url + " answered with status " + answer.status() + reason);
    } catch (IOException e) {
      return new Answer(
          false, url + " doesn't answer: " + e.getMessage() + "; does the gateway run?");
    }
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
