package ollama.gateway.proxy;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import ollama.gateway.console.Recent;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.ollama.Json;

/**
 * What open pages are told, made once for all of them: while none is open it costs nothing, and
 * with each second at most as much as one page.
 */
final class PageFeed {

  /** For how long what was made is told to whoever asks. */
  private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(900);

  private final Console console;
  private final GatewayMetrics metrics;
  private final Supplier<Settings> settings;
  private final OffLoop offLoop;
  private final ReentrantLock making = new ReentrantLock();
  private volatile Told told = new Told(List.of(), 0, true);

  PageFeed(Console console, GatewayMetrics metrics, Supplier<Settings> settings, OffLoop offLoop) {
    this.console = console;
    this.metrics = metrics;
    this.settings = settings;
    this.offLoop = offLoop;
  }

  /**
   * One kind of what is told.
   *
   * @param event its name
   * @param json what it says now
   */
  record Part(String event, String json) {}

  private record Told(List<Part> parts, long madeNanos, boolean isOld) {
    boolean isFresh(long now) {
      return !isOld && now - madeNanos < FRESH_NANOS;
    }
  }

  /**
   * What is to be told now, or was a moment ago. Parks while it is made.
   *
   * @param asking knows what else is in flight
   */
  List<Part> parts(Exchange asking) {
    if (!told.isFresh(System.nanoTime()) && making.tryLock()) {
      try {
        told =
            new Told(offLoop.call(OffLoop.Work.PAGE, () -> make(asking)), System.nanoTime(), false);
      } catch (RejectedExecutionException e) {
        // So much is asked for that pages have to wait: they see what was, for another while.
        told = new Told(told.parts(), System.nanoTime(), false);
      } catch (ExecutionException e) {
        throw new IllegalStateException("the page's figures can't be told", e);
      } finally {
        making.unlock();
      }
    }
    return told.parts();
  }

  private List<Part> make(Exchange asking) {
    Json inFlight = Json.object();
    InFlightAnswer.put(inFlight, asking, false);
    return List.of(
        new Part("status", StatusAnswer.ofPage(settings.get(), metrics, console)),
        new Part("inflight", inFlight.toString()),
        new Part("hour", console.hour().json()),
        new Part("requests", Recent.json(console.requests(), console.failures())));
  }
}
