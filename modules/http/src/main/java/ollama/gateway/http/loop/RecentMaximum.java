package ollama.gateway.http.loop;

/**
 * The largest of the values noted in the last one to two minutes: whoever reads it takes nothing
 * from others who read it. One thread notes, any may read. It is kept for two windows,
 *
 * <pre>
 *   | before | current |        after a minute: | before = current | current = the next value |
 * </pre>
 *
 * <p>and only a value larger than those before it in its minute allocates.
 */
final class RecentMaximum {

  static final long WINDOW_NANOS = 60_000_000_000L;

  private record Windows(long began, long current, long before) {}

  private volatile Windows windows;

  RecentMaximum(long now) {
    windows = new Windows(now, 0, 0);
  }

  void note(long value, long now) {
    Windows known = windows;
    long age = now - known.began;
    if (age >= WINDOW_NANOS) {
      windows = new Windows(now, value, age < 2 * WINDOW_NANOS ? known.current : 0);
    } else if (value > known.current) {
      windows = new Windows(known.began, value, known.before);
    }
  }

  /** 0 if nothing was noted for so long. */
  long read(long now) {
    Windows known = windows;
    long age = now - known.began;
    if (age < WINDOW_NANOS) {
      return Math.max(known.current, known.before);
    }
    return age < 2 * WINDOW_NANOS ? known.current : 0;
  }
}
