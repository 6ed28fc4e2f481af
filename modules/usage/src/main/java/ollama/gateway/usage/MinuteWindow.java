package ollama.gateway.usage;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of the last 60 seconds that there was a reason to look, each in a bucket of its own. Not
 * thread-safe.
 */
final class MinuteWindow {
  static final int SECONDS = 60;

  final KeyUsage key;

  /** Of the list of {@link MinuteWindows}. */
  @Nullable MinuteWindow older;

  @Nullable MinuteWindow newer;

  /** When something was counted last. */
  long lastUse;

  private final long[] buckets = new long[SECONDS];
  private long newest;
  private long sum;

  /** In no second before this one was anything used. */
  private long unusedBefore = Long.MIN_VALUE;

  /** Buckets before this one are in the file as they are. */
  private long unwrittenFrom = Long.MIN_VALUE;

  MinuteWindow(KeyUsage key, long second) {
    this.key = key;
    this.newest = second;
    this.lastUse = second;
  }

  /** What was used in the minute that ends with this second. */
  long used(long second) {
    moveTo(second);
    return sum;
  }

  void add(long second, long tokens) {
    moveTo(second);
    lastUse = newest;
    buckets[index(newest)] += tokens;
    sum += tokens;
  }

  /** What was used in one of the seconds. */
  long bucket(long second) {
    return second > newest || second <= newest - SECONDS ? 0 : buckets[index(second)];
  }

  /** What the file says of a second; one before the window is dropped. */
  void restore(long second, long tokens) {
    moveTo(second);
    lastUse = newest;
    if (second > newest - SECONDS) {
      unusedBefore = Math.min(unusedBefore, second);
      long before = buckets[index(second)];
      buckets[index(second)] = tokens;
      sum += tokens - before;
    }
  }

  /** Leaves what isn't known elsewhere. */
  void takeAway(MinuteWindow known) {
    for (long second = oldest(); second <= newest; second++) {
      restore(second, Math.max(0, bucket(second) - known.bucket(second)));
    }
  }

  /** The clock went back: everything is as old as it was. */
  void moveBackTo(long second) {
    if (newest <= second) {
      return;
    }
    long[] before = buckets.clone();
    long ahead = newest - second;
    for (int age = 0; age < SECONDS; age++) {
      buckets[index(second - age)] = before[index(second - age + ahead)];
    }
    newest = second;
    unusedBefore = Long.MIN_VALUE;
    lastUse -= ahead;
    unwrittenFrom = Long.MIN_VALUE;
  }

  /** The second in which so much has left the window that was used; the oldest go first. */
  long secondWhenGone(long tokens) {
    skipUnused();
    long gone = 0;
    for (long second = unusedBefore; second <= newest; second++) {
      long here = buckets[index(second)];
      gone += here;
      if (here > 0 && gone >= tokens) {
        return second + SECONDS;
      }
    }
    return newest + 1;
  }

  /** Each second is looked at once, since this is asked for each request. */
  private void skipUnused() {
    unusedBefore = Math.max(unusedBefore, oldest());
    while (unusedBefore < newest && buckets[index(unusedBefore)] == 0) {
      unusedBefore++;
    }
  }

  long oldest() {
    return newest - SECONDS + 1;
  }

  long newest() {
    return newest;
  }

  /** The first second whose bucket isn't in the file as it is. */
  long unwrittenFrom() {
    return unwrittenFrom;
  }

  /** All is in the file; what comes in this second will have to be written again. */
  void wrote() {
    unwrittenFrom = newest;
  }

  /** What was said to be in the file may not be. */
  void wroteNothing() {
    unwrittenFrom = Long.MIN_VALUE;
  }

  private void moveTo(long second) {
    if (second - newest >= SECONDS) {
      Arrays.fill(buckets, 0);
      sum = 0;
      newest = second;
    }
    while (newest < second) {
      newest++;
      int left = index(newest);
      sum -= buckets[left];
      buckets[left] = 0;
    }
  }

  private static int index(long second) {
    return Math.floorMod(second, SECONDS);
  }
}
