package ollama.gateway.usage;

import org.jspecify.annotations.Nullable;

/**
 * The minutes of those keys that were used in the last one, in the order of their last use. A key
 * that is silent for longer has none: it goes while others are used. Not thread-safe.
 */
final class MinuteWindows {
  /** More than one, so that those that go outnumber those that come. */
  private static final int RELEASED_AT_ONCE_MAX = 2;

  private @Nullable MinuteWindow eldest;
  private @Nullable MinuteWindow youngest;

  void add(KeyUsage key, long second, long tokens) {
    of(key, second).add(second, tokens);
    releaseIdle(second);
  }

  /** The window of a key, as the one that was used last. */
  MinuteWindow of(KeyUsage key, long second) {
    MinuteWindow window = key.minute;
    if (window == null) {
      window = new MinuteWindow(key, second);
      key.minute = window;
    } else if (window == youngest) {
      return window;
    } else {
      unlink(window);
    }
    MinuteWindow before = youngest;
    window.older = before;
    if (before == null) {
      eldest = window;
    } else {
      before.newer = window;
    }
    youngest = window;
    return window;
  }

  void remove(KeyUsage key) {
    MinuteWindow window = key.minute;
    if (window != null) {
      unlink(window);
      key.minute = null;
    }
  }

  /** The clock went back: what was used goes back with it. */
  void moveBack(long from, long to) {
    for (MinuteWindow window = eldest; window != null; window = window.newer) {
      long _ = window.used(from);
      window.moveBackTo(to);
    }
  }

  private void releaseIdle(long second) {
    for (int i = 0; i < RELEASED_AT_ONCE_MAX; i++) {
      MinuteWindow window = eldest;
      if (window == null || second - window.lastUse < MinuteWindow.SECONDS) {
        return;
      }
      remove(window.key);
    }
  }

  private void unlink(MinuteWindow window) {
    MinuteWindow older = window.older;
    MinuteWindow newer = window.newer;
    if (older == null) {
      eldest = newer;
    } else {
      older.newer = newer;
    }
    if (newer == null) {
      youngest = older;
    } else {
      newer.older = older;
    }
    window.older = null;
    window.newer = null;
  }
}
