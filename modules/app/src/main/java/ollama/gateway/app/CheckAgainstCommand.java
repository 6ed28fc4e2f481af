package ollama.gateway.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.config.ConfigDifference;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.Loaded;
import org.jspecify.annotations.Nullable;

/** {@code check --against}: what a settings file would change in a running gateway. */
final class CheckAgainstCommand {

  private static final String KEY_VARIABLE = "OLLAMA_GATEWAY_KEY";
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int ANSWER_BYTES_MAX = 64 << 20;
  private static final int SHOWN_REASON_MAX = 500;
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
      key = key(asked.keyFile(), environment);
    } catch (ConfigException | IOException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    }
    loaded.warnings().forEach(warning -> err.println("warning: " + warning.format("" + file)));
    List<ConfigDifference> differences;
    try {
      differences = ConfigDifference.of(ask(asked.url(), key), loaded.config());
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

  private static String key(Optional<Path> file, Map<String, String> environment)
      throws IOException {
    if (file.isPresent()) {
      Optional<String> key = new KeyFile(file.get()).read();
      return key.orElseThrow(
          () -> new IOException(file.get() + " has no key: write one there, or name another file"));
    }
    String key = environment.getOrDefault(KEY_VARIABLE, "").strip();
    if (key.isEmpty()) {
      throw new IOException(
          "--against needs an admin key: name a file that holds one with --key-file, or set "
              + KEY_VARIABLE);
    }
    return key;
  }

  /** What the gateway says of its settings. */
  private static String ask(String url, String key) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create(url + "/gateway/config").toURL().openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setInstanceFollowRedirects(false);
    connection.setRequestProperty("Authorization", "Bearer " + key);
    try {
      int status = connection.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new IOException(
            "it answered with status " + status + hint(status) + reason(connection));
      }
      try (InputStream body = connection.getInputStream()) {
        return text(body);
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("the key can't stand in a header", e);
    } finally {
      connection.disconnect();
    }
  }

  private static String hint(int status) {
    return switch (status) {
      case HttpURLConnection.HTTP_UNAUTHORIZED -> " (it needs a key of that gateway)";
      case HttpURLConnection.HTTP_FORBIDDEN -> " (it needs an admin key)";
      case HttpURLConnection.HTTP_NOT_FOUND -> " (it may be an older one)";
      default -> "";
    };
  }

  private static String reason(HttpURLConnection connection) throws IOException {
    @Nullable InputStream body = connection.getErrorStream();
    String reason = body == null ? "" : text(body).strip();
    return reason.isEmpty() ? "" : ": " + cut(reason, SHOWN_REASON_MAX);
  }

  private static String text(InputStream body) throws IOException {
    return new String(body.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.UTF_8);
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
    return cut(value.orElse(""), SHOWN_VALUE_MAX);
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length) + "…";
  }
}
