package ollama.gateway.balancer.dispatch;

/** How often something happened lately. For one thread at a time. */
final class Rate {
  private final Average interval = new Average();
  private long lastNanos;
  private boolean any;

  void happened(long now) {
    if (any) {
      interval.add((now - lastNanos) / Line.NANOS_PER_MILLI);
    }
    any = true;
    lastNanos = now;
  }

  /** The time from one to the next; 0 if that can't be told. Grows when nothing happens. */
  double intervalMillis(long now) {
    double known = interval.value();
    return Double.isNaN(known) ? 0 : Math.max(known, (now - lastNanos) / Line.NANOS_PER_MILLI / 2);
  }

  /** How many in a millisecond; 0 if it never happened. */
  double perMilli(long now) {
    if (!any) {
      return 0;
    }
    double known = intervalMillis(now);
    double idle = (now - lastNanos) / Line.NANOS_PER_MILLI;
    return 1 / Math.max(known > 0 ? known : idle, 1);
  }
}
