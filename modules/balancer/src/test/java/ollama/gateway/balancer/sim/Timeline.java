package ollama.gateway.balancer.sim;

import java.util.PriorityQueue;

/** Virtual time: what is due next happens at once. */
final class Timeline {
  static final long SECOND = 1_000_000_000;

  private record Event(long at, long order, boolean background, Runnable what) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private long now;
  private long order;
  private int foreground;

  long now() {
    return now;
  }

  void after(double seconds, Runnable what) {
    foreground++;
    add(seconds, false, what);
  }

  /** Something goes on, until {@link #release}, whatever is to happen. */
  void hold() {
    foreground++;
  }

  void release() {
    foreground--;
  }

  /** As {@link #after}, but nobody waits for it. */
  void background(double seconds, Runnable what) {
    add(seconds, true, what);
  }

  /** Again and again, as long as anything else is to happen. */
  void every(double seconds, Runnable what) {
    add(
        seconds,
        true,
        () -> {
          what.run();
          every(seconds, what);
        });
  }

  private void add(double seconds, boolean background, Runnable what) {
    events.add(new Event(now + Math.round(seconds * SECOND), order++, background, what));
  }

  /** Until nothing is left to happen, or it is that late. */
  void run(double untilSeconds) {
    while (foreground > 0) {
      Event next = events.remove();
      if (next.at > untilSeconds * SECOND) {
        return;
      }
      now = next.at;
      foreground -= next.background ? 0 : 1;
      next.what.run();
    }
  }
}
