package ollama.gateway.http.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds what many connections together hold in memory of one kind, where each has a bound that is
 * too large to be multiplied by their number. Safe for any number of threads.
 */
public final class MemoryBudget {

  private final long maxBytes;
  private final AtomicLong takenBytes = new AtomicLong();

  /** A budget of so many bytes. */
  public MemoryBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** A quarter of the heap. */
  public static MemoryBudget quarterOfHeap() {
    return new MemoryBudget(Runtime.getRuntime().maxMemory() / 4);
  }

  /** An eighth of the heap. */
  public static MemoryBudget eighthOfHeap() {
    return new MemoryBudget(Runtime.getRuntime().maxMemory() / 8);
  }

  /** A budget that is never used up. */
  public static MemoryBudget unbounded() {
    return new MemoryBudget(Long.MAX_VALUE);
  }

  /** Whether so many bytes could be taken just now. */
  public boolean has(long bytes) {
    return takenBytes.get() <= maxBytes - bytes;
  }

  /** Takes so many bytes; false, and nothing taken, when there aren't as many left. */
  public boolean take(long bytes) {
    if (takenBytes.addAndGet(bytes) > maxBytes) {
      takenBytes.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** Gives back what was taken. */
  public void give(long bytes) {
    takenBytes.addAndGet(-bytes);
  }

  /** What is taken now. */
  public long takenBytes() {
    return takenBytes.get();
  }
}
