package ollama.gateway.http.testing;

import java.io.IOException;
import java.util.function.Supplier;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Watch;
import org.jspecify.annotations.Nullable;

/** A watch made of its two parts. */
public record WatchOn(Supplier<@Nullable Connection> now, Check looked) implements Watch {

  /** What is done after each wait. */
  @FunctionalInterface
  public interface Check {
    /** Looks whether to go on. */
    void run() throws IOException;
  }

  /** One that gives up, with this message, once a connection has something to read. */
  public static Watch untilReadable(Connection connection, String message) {
    return new WatchOn(
        () -> connection,
        () -> {
          if (connection.readable()) {
            throw new IOException(message);
          }
        });
  }

  @Override
  public @Nullable Connection watched() {
    return now.get();
  }

  @Override
  public void check() throws IOException {
    looked.run();
  }
}
