package ollama.gateway.balancer.dispatch;

/** What a key has got of a class, and what it waits for, in milliseconds of work. */
final class Flow {
  final String key;

  /** Counted from when it had to share; fair is who has got least. */
  double gotMillis;

  /** What was started since it came to be; unlike {@link #gotMillis} it never jumps. */
  double startedMillis;

  /** When one of its requests was started last. */
  long lastStartNanos = Long.MIN_VALUE;

  double waitingMillis;
  int waiting;
  int inFlight;

  Flow(String key, double gotMillis) {
    this.key = key;
    this.gotMillis = gotMillis;
  }

  boolean idle() {
    return waiting == 0 && inFlight == 0;
  }
}
