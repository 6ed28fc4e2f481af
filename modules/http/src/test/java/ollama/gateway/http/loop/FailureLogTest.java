package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class FailureLogTest {

  private final List<String> lines = new ArrayList<>();
  private long nanos = -5;
  private final FailureLog log = new FailureLog(new Lines(), () -> nanos);

  @Test
  void whatFailsAgainAndAgainIsLoggedOnceASecond() {
    for (int i = 0; i < 1000; i++) {
      log.add("it failed", new IllegalStateException("why"));
    }
    nanos += 1_000_000_000;
    log.add("it failed", new IllegalStateException("again"));
    nanos += 1_000_000_000;
    log.add("it failed", new IllegalStateException("at last"));

    assertEquals(
        List.of(
            "it failed: why",
            "it failed (and 999 such failures before): again",
            "it failed: at last"),
        lines);
    assertEquals(1002, log.count());
  }

  private final class Lines implements System.Logger {
    @Override
    public String getName() {
      return "lines";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      lines.add(message + ": " + (thrown == null ? "" : thrown.getMessage()));
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object... parameters) {
      lines.add("" + format);
    }
  }
}
