package ollama.gateway.http.memory;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what many connections together hold in memory of one kind, where each has a bound that is
 * too large to be multiplied by their number. Safe for any number of threads.
 */
public final class MemoryBudget {

  private final long maxBytes;
  private final AtomicLong takenBytes = new AtomicLong();
  private final @Nullable MemoryBudget whole;

  /** A budget of so many bytes. */
  public MemoryBudget(long maxBytes) {
    this(maxBytes, null);
  }

  private MemoryBudget(long maxBytes, @Nullable MemoryBudget whole) {
    this.maxBytes = maxBytes;
    this.whole = whole;
  }

  /**
   * What one of many users may take of this one: never more than it then leaves to all others, so
   * that one alone gets half, and whoever comes later finds room. What is taken of a part is taken
   * of the whole.
   */
  public MemoryBudget part() {
    return new MemoryBudget(maxBytes, this);
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

  /** Whether so many bytes could be taken if nobody else had any. */
  public boolean couldHold(long bytes) {
    return bytes <= (whole == null ? maxBytes : maxBytes / 2);
  }

  /** Whether so many bytes could be taken just now. */
  public boolean has(long bytes) {
    return takenBytes.get() <= maxBytes - bytes && (whole == null || whole.has(bytes));
  }

  /** Takes so many bytes; false, and nothing taken, when there aren't as many left. */
  public boolean take(long bytes) {
    long taken = takenBytes.addAndGet(bytes);
    if (taken <= maxBytes && (whole == null || whole.takeLeaving(bytes, taken))) {
      return true;
    }
    takenBytes.addAndGet(-bytes);
    return false;
  }

  /** Takes so many bytes if as many as {@code left} stay. */
  private boolean takeLeaving(long bytes, long left) {
    if (takenBytes.addAndGet(bytes) > maxBytes - left) {
      takenBytes.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** Gives back what was taken. */
  public void give(long bytes) {
    takenBytes.addAndGet(-bytes);
    if (whole != null) {
      whole.give(bytes);
    }
  }

  /** What is taken now. */
  public long takenBytes() {
    return takenBytes.get();
  }
}
