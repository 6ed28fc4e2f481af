package ollama.gateway.app;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadFactory;
import ollama.gateway.console.Figures;
import ollama.gateway.console.Hour;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.metrics.Totals;

/** Tells the last hour what was counted, at the end of each of its steps. */
final class HourWatch implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(HourWatch.class.getName());

  private final Hour hour;
  private final GatewayMetrics metrics;
  private final Thread thread;

  /**
   * One that hasn't begun.
   *
   * @param threads makes the thread that it takes
   */
  HourWatch(Hour hour, GatewayMetrics metrics, ThreadFactory threads) {
    this.hour = hour;
    this.metrics = metrics;
    this.thread = threads.newThread(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(Duration.ofSeconds(Hour.STEP_SECONDS));
        step();
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private void step() {
    try {
      Totals totals = metrics.totals();
      hour.step(
          new Figures(
              totals.requests(), totals.failed(), totals.inputTokens(), totals.outputTokens()),
          Instant.now());
    } catch (RuntimeException e) {
      // The next one tells of both.
      LOG.log(System.Logger.Level.ERROR, "the status page's hour lacks a step", e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
