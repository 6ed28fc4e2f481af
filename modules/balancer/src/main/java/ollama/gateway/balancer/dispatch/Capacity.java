package ollama.gateway.balancer.dispatch;

/**
 * How many models a server keeps loaded at once, as it has shown: one that went when another came
 * had no room beside it. How large they were isn't known, so that each list of what is loaded may
 * show more. Guarded by the line's lock.
 */
final class Capacity {
  private static final int UNKNOWN = 0;

  private int shown = UNKNOWN;

  /**
   * The most models.
   *
   * @return 0 if that isn't known
   */
  int models(ServerSpec spec) {
    return spec.maxLoadedModels() > 0 ? spec.maxLoadedModels() : shown;
  }

  /** So many were loaded at once. */
  void kept(int count) {
    if (shown != UNKNOWN) {
      shown = Math.max(shown, count);
    }
  }

  /** Another one beside so many made one of them go. */
  void overflowed(int count) {
    int most = Math.max(1, count);
    shown = shown == UNKNOWN ? most : Math.min(shown, most);
  }
}
