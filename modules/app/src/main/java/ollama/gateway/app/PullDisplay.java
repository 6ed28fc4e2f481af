package ollama.gateway.app;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Shows how a pull gets on; to be told every now and then, and at the end. */
sealed interface PullDisplay {

  /**
   * Shows what is new.
   *
   * @param nanos the time now
   */
  void show(PullProgress progress, long nanos);

  /** In one place of a terminal (ECMA-48), by bars. */
  final class Bars implements PullDisplay {

    private static final String REST_OF_LINE = "\u001b[K\n";

    private final PrintStream out;
    private final int width;
    private final int height;
    private List<String> shown = List.of();

    /**
     * One for a terminal.
     *
     * @param columns how wide it is
     * @param lines how high it is: nothing can be drawn anew above it
     */
    Bars(PrintStream out, int columns, int lines) {
      this.out = out;
      // A full line would make some terminals begin the next one.
      width = columns - 1;
      height = lines - 1;
    }

    @Override
    public void show(PullProgress progress, long nanos) {
      List<String> bars = PullText.bars(progress.servers(), width, height, nanos);
      if (bars.equals(shown)) {
        return;
      }
      StringBuilder frame =
          new StringBuilder(shown.isEmpty() ? "" : "\u001b[" + shown.size() + "A");
      bars.forEach(bar -> frame.append(bar).append(REST_OF_LINE));
      out.print(frame);
      out.flush();
      shown = bars;
    }
  }

  /** By lines: one for each server and what it is about, one a second for each server at most. */
  final class Lines implements PullDisplay {

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final PrintStream out;
    private final Map<ServerPull, Line> shown = new HashMap<>();

    Lines(PrintStream out) {
      this.out = out;
    }

    private record Line(String status, long nanos) {}

    @Override
    public void show(PullProgress progress, long nanos) {
      for (ServerPull pull : progress.servers()) {
        Line before = shown.get(pull);
        boolean isNew = before == null || !before.status().equals(pull.status());
        boolean isTime = before == null || nanos - before.nanos() >= PAUSE_NANOS;
        if (isNew && (isTime || pull.isDone() || pull.isFailed())) {
          out.println(PullText.line(pull));
          out.flush();
          shown.put(pull, new Line(pull.status(), nanos));
        }
      }
    }
  }
}
