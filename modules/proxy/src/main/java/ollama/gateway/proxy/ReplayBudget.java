package ollama.gateway.proxy;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds what all requests together keep of their bodies: while models load, many may wait, and
 * each keeps its own.
 */
final class ReplayBudget {

  private final long maxBytes;
  private final AtomicLong keptBytes = new AtomicLong();

  /** A budget of so many bytes. */
  ReplayBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** A quarter of the heap. */
  static ReplayBudget ofHeap() {
    return new ReplayBudget(Runtime.getRuntime().maxMemory() / 4);
  }

  /** Takes so many bytes; false, and nothing taken, when there aren't as many left. */
  boolean take(long bytes) {
    if (keptBytes.addAndGet(bytes) > maxBytes) {
      keptBytes.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** Gives back what was taken. */
  void give(long bytes) {
    keptBytes.addAndGet(-bytes);
  }

  long keptBytes() {
    return keptBytes.get();
  }
}
