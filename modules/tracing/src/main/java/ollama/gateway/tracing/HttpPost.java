package ollama.gateway.tracing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Posts with the JDK's own client of HTTP, which keeps a connection for the next time. */
public final class HttpPost implements Post {

  private static final Duration TIME_MAX = Duration.ofSeconds(15);

  private static final int CONNECT_MILLIS = 5_000;
  private static final int HTTP_ERROR = 400;
  private static final int ANSWER_BYTES_MAX = 64 * 1024;

  private final Supplier<Optional<SSLSocketFactory>> tls;
  private final Duration timeMax;

  /**
   * One that takes no longer than 15 seconds.
   *
   * @param tls what speaks TLS with a collector whose address says so, asked each time; empty for
   *     what the JDK has. A connection is kept for as long as it is the same
   */
  public HttpPost(Supplier<Optional<SSLSocketFactory>> tls) {
    this(tls, TIME_MAX);
  }

  HttpPost(Supplier<Optional<SSLSocketFactory>> tls, Duration timeMax) {
    this.tls = tls;
    this.timeMax = timeMax;
  }

  @Override
  public Answer send(Collector collector, byte[] body) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) collector.url().toURL().openConnection();
    if (connection instanceof HttpsURLConnection secured) {
      // Which checks the collector's name by itself.
      tls.get().ifPresent(secured::setSSLSocketFactory);
    }
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout((int) timeMax.toMillis());
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setDoOutput(true);
    connection.setRequestMethod("POST");
    connection.setFixedLengthStreamingMode(body.length);
    connection.setRequestProperty("Content-Type", "application/json");
    connection.setRequestProperty("User-Agent", "ollama-gateway");
    collector.headers().forEach(connection::setRequestProperty);
    long began = System.nanoTime();
    // Nothing else bounds how long a write waits for who doesn't read, nor an answer in drops.
    Thread watchdog = Thread.ofVirtual().start(() -> cutLate(connection));
    try {
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body);
      }
      int status = connection.getResponseCode();
      int retryAfter = connection.getHeaderFieldInt("Retry-After", 0);
      if (status < 0) {
        throw new IOException("it doesn't speak HTTP");
      }
      readAnswer(connection, status >= HTTP_ERROR);
      return new Answer(status, retryAfter);
    } catch (IOException e) {
      // The one who cut it says only that the socket is closed.
      throw System.nanoTime() - began < timeMax.toNanos()
          ? e
          : new IOException("no whole answer within " + timeMax.toSeconds() + " seconds", e);
    } finally {
      watchdog.interrupt();
    }
  }

  private void cutLate(HttpURLConnection connection) {
    try {
      Thread.sleep(timeMax);
      connection.disconnect();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** To its end, so that the connection is kept; a long one ends it. */
  private static void readAnswer(HttpURLConnection connection, boolean isError) throws IOException {
    @Nullable InputStream answer =
        isError ? connection.getErrorStream() : connection.getInputStream();
    if (answer == null) {
      return;
    }
    try (answer) {
      byte[] _ = answer.readNBytes(ANSWER_BYTES_MAX);
      if (answer.read() >= 0) {
        connection.disconnect();
      }
    }
  }
}
