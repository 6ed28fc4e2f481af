package ollama.gateway.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.ListenAddress;
import org.jspecify.annotations.Nullable;

/** {@code health}: how the gateway that runs on this machine is; for containers and scripts. */
final class HealthCommand {

  private static final int TIMEOUT_MILLIS = 3_000;
  private static final int PAUSE_MILLIS = 50;
  private static final int ANSWER_BYTES_MAX = 4_096;

  private HealthCommand() {}

  /**
   * Asks, and prints the answer on one line.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @return the exit status
   */
  static int run(
      Command.Health asked, Map<String, String> environment, PrintStream out, PrintStream err) {
    ListenAddress listen;
    try {
      listen = new ConfigLoader(environment).load(asked.config()).config().gatewayAddress();
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    if (listen.port() == 0) {
      err.println("gatewayAddress has port 0, so the port isn't known: choose one");
      return ExitStatus.WRONG_INPUT;
    }
    String url =
        "http://" + reachable(listen) + (asked.ready() ? "/gateway/ready" : "/gateway/live");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(asked.waitSeconds());
    Answer answer = ask(url);
    while (!answer.well() && System.nanoTime() < deadline && pause()) {
      answer = ask(url);
    }
    (answer.well() ? out : err).println(answer.text());
    return answer.well() ? ExitStatus.DONE : ExitStatus.FAILED;
  }

  private record Answer(boolean well, String text) {}

  private static Answer ask(String url) {
    try {
      return get(url);
    } catch (IOException e) {
      return new Answer(
          false, url + " doesn't answer: " + e.getMessage() + "; does the gateway run?");
    }
  }

  private static Answer get(String url) throws IOException {
    // A proxy for the way out has nothing to do with this machine's own gateway.
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url).toURL().openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setInstanceFollowRedirects(false);
    try {
      int status = connection.getResponseCode();
      if (status == HttpURLConnection.HTTP_OK) {
        return new Answer(true, text(connection.getInputStream()));
      }
      return new Answer(false, url + " answered with status " + status + reason(connection));
    } finally {
      connection.disconnect();
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

  /** An address by which this machine reaches itself. */
  private static String reachable(ListenAddress listen) {
    return switch (listen.host()) {
      case "", "0.0.0.0" -> "127.0.0.1:" + listen.port();
      case "::" -> "[::1]:" + listen.port();
      default -> listen.toString();
    };
  }

  private static String reason(HttpURLConnection connection) throws IOException {
    @Nullable InputStream body = connection.getErrorStream();
    return body == null ? "" : ": " + text(body);
  }

  private static String text(InputStream body) throws IOException {
    return new String(body.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.UTF_8).strip();
  }
}
