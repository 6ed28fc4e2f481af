package ollama.gateway.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A gateway at a URL, asked with a key. */
final class RunningGateway {

  private static final String KEY_VARIABLE = "OLLAMA_GATEWAY_KEY";
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int ANSWER_BYTES_MAX = 64 << 20;
  private static final int SHOWN_REASON_MAX = 500;

  private final String url;
  private final String key;

  RunningGateway(String url, String key) {
    this.url = url;
    this.key = key;
  }

  /**
   * The key that it is asked with.
   *
   * @param file holds it; without one the environment does
   * @param need what needs which key, for people
   * @throws IOException when there is none; the message says what to do
   */
  static String key(Optional<Path> file, Map<String, String> environment, String need)
      throws IOException {
    if (file.isPresent()) {
      Optional<String> key = new KeyFile(file.get()).read();
      return key.orElseThrow(
          () -> new IOException(file.get() + " has no key: write one there, or name another file"));
    }
    String key = environment.getOrDefault(KEY_VARIABLE, "").strip();
    if (key.isEmpty()) {
      throw new IOException(
          need + ": name a file that holds one with --key-file, or set " + KEY_VARIABLE);
    }
    return key;
  }

  /**
   * What it answers to a GET.
   *
   * @throws IOException when it doesn't, or says no; the message goes behind "can't be asked: "
   */
  String get(String path) throws IOException {
    HttpURLConnection connection = connection(path, TIMEOUT_MILLIS);
    try {
      int status = connection.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new IOException(
            "it answered with status " + status + hint(status) + reason(connection));
      }
      try (InputStream body = connection.getInputStream()) {
        return text(body);
      }
    } finally {
      connection.disconnect();
    }
  }

  /**
   * What it answers to a POST, whatever that is.
   *
   * @throws IOException when it doesn't; the message goes behind "can't be asked: "
   */
  ComingAnswer post(String path, String json) throws IOException {
    HttpURLConnection connection = connection(path, ComingAnswer.SILENCE_MILLIS);
    boolean answers = false;
    try {
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json");
      try (OutputStream body = connection.getOutputStream()) {
        body.write(json.getBytes(StandardCharsets.UTF_8));
      }
      int status = connection.getResponseCode();
      @Nullable InputStream body =
          status < HttpURLConnection.HTTP_BAD_REQUEST
              ? connection.getInputStream()
              : connection.getErrorStream();
      answers = true;
      InputStream coming = body == null ? InputStream.nullInputStream() : body;
      return new ComingAnswer(status, -1, coming, connection::disconnect);
    } finally {
      if (!answers) {
        connection.disconnect();
      }
    }
  }

  private HttpURLConnection connection(String path, int silenceMillis) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url + path).toURL().openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(silenceMillis);
    connection.setInstanceFollowRedirects(false);
    try {
      connection.setRequestProperty("Authorization", "Bearer " + key);
    } catch (IllegalArgumentException e) {
      throw new IOException("the key can't stand in a header", e);
    }
    return connection;
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
    String reason = body == null ? "" : Clean.line(text(body).strip());
    return reason.isEmpty() ? "" : ": " + Clean.cut(reason, SHOWN_REASON_MAX);
  }

  private static String text(InputStream body) throws IOException {
    return new String(body.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.UTF_8);
  }
}
