package ollama.gateway.usage;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes what was recorded, from a thread of its own: when there is something, it rests for a
 * moment, so that all that comes meanwhile shares one write, and writes. While there is nothing it
 * sleeps; before there is anything it isn't even started.
 */
final class LedgerWriter implements Runnable {

  /** So that what was recorded is on the disk a second later, the writing included. */
  static final long REST_MILLIS = 800;

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
  private static final long NANOS_PER_MILLI = 1_000_000;

  private enum State {
    WRITING,
    LOCKED_OUT,
    FAILING
  }

  private final Books books;
  private final Storage storage;
  private final Bounds bounds;
  private final LedgerListener listener;
  private final InstantSource clock;
  private final long restNanos;
  private final Thread thread = new Thread(this, "usage");

  private volatile State state = State.WRITING;
  private volatile boolean isClosing;
  private volatile boolean isAwake;
  private volatile boolean hasWritten;
  private volatile long writtenNanos;

  // Guarded by the lock of the books.
  private boolean isStarted;
  private boolean isBehind;
  private long behindSinceNanos;

  LedgerWriter(
      Books books,
      Storage storage,
      Bounds bounds,
      LedgerListener listener,
      InstantSource clock,
      long restMillis) {
    this.books = books;
    this.storage = storage;
    this.bounds = bounds;
    this.listener = listener;
    this.clock = clock;
    this.restNanos = restMillis * NANOS_PER_MILLI;
    thread.setDaemon(true);
  }

  /**
   * There is something to write. Whoever calls holds the lock of the books.
   *
   * @return whether {@link #wake} has to be called without it
   */
  boolean isToWake() {
    if (!isBehind) {
      isBehind = true;
      behindSinceNanos = System.nanoTime();
    }
    if (isAwake || isClosing) {
      return false;
    }
    if (isStarted) {
      isAwake = true;
      return true;
    }
    try {
      thread.start();
      isStarted = true;
      isAwake = true;
    } catch (OutOfMemoryError _) {
      // No room for another thread: the next one who records tries again.
    }
    return false;
  }

  void wake() {
    LockSupport.unpark(thread);
  }

  @Override
  public void run() {
    while (!isClosing) {
      if (hasWork()) {
        rest();
        save();
      } else {
        sleep();
      }
    }
    save();
    storage.close();
  }

  /** Writes what is left, but waits for that only so long, and lets others have the directory. */
  void close() {
    boolean isRunning;
    books.lock.lock();
    try {
      isClosing = true;
      isRunning = isStarted;
    } finally {
      books.lock.unlock();
    }
    if (!isRunning && !(storage.isMoved() && isStartable())) {
      storage.close();
      return;
    }
    LockSupport.unpark(thread);
    try {
      if (!thread.join(CLOSE_PATIENCE)) {
        listener.unwritable(
            "the disk has been busy for "
                + CLOSE_PATIENCE.toSeconds()
                + " s: what was recorded last may not be there at the next start");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isStartable() {
    try {
      thread.start();
      return true;
    } catch (OutOfMemoryError | IllegalThreadStateException _) {
      // No room for another thread, or it has ended.
      return false;
    }
  }

  boolean isPersistent() {
    return state == State.WRITING;
  }

  /** Since the last write; -1 if there was none. */
  long writtenMillisAgo() {
    return hasWritten ? (System.nanoTime() - writtenNanos) / NANOS_PER_MILLI : -1;
  }

  /** How long ago the oldest was recorded that isn't written, at least 1; 0 if all is. */
  long behindMillis() {
    books.lock.lock();
    try {
      if (!isBehind) {
        return 0;
      }
      return Math.max((System.nanoTime() - behindSinceNanos) / NANOS_PER_MILLI, 1);
    } finally {
      books.lock.unlock();
    }
  }

  /** It can't be written; that is said if it is news. */
  void failed(Throwable e) {
    boolean isLockedOut = e instanceof DirectoryLock.HeldException;
    State now = isLockedOut ? State.LOCKED_OUT : State.FAILING;
    if (state == now) {
      return;
    }
    state = now;
    if (isLockedOut) {
      listener.lockedByAnother(storage.lockFile());
    } else {
      listener.unwritable(storage.reason(e));
    }
  }

  /** Says that there were too many rows, if it is news. */
  void tellDropped() {
    int oldest;
    books.lock.lock();
    try {
      if (!books.days.takeNotice()) {
        return;
      }
      oldest = books.days.oldest(books.time.day());
    } finally {
      books.lock.unlock();
    }
    listener.rowsDropped(bounds.maxRows(), LocalDate.ofEpochDay(oldest));
  }

  private boolean hasWork() {
    books.lock.lock();
    try {
      isAwake = !books.unwritten.isEmpty() || storage.isUnsaved();
      return isAwake;
    } finally {
      books.lock.unlock();
    }
  }

  private void rest() {
    long until = System.nanoTime() + restNanos;
    long left = restNanos;
    while (left > 0 && !isClosing) {
      LockSupport.parkNanos(this, left);
      left = until - System.nanoTime();
    }
  }

  private void sleep() {
    while (!isAwake && !isClosing) {
      LockSupport.park(this);
    }
  }

  private void save() {
    long begun = System.nanoTime();
    try {
      long now = clock.millis();
      storage.look(Math.floorDiv(now, UtcTime.MILLIS_PER_SECOND));
      if (!storage.isOpen()) {
        new TakeOver(books, storage, bounds).run(now);
      }
      storage.save(books);
      saved(begun);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      failed(e);
    }
    tellDropped();
  }

  private void saved(long begun) {
    boolean isNews = state != State.WRITING;
    state = State.WRITING;
    writtenNanos = begun;
    hasWritten = true;
    books.lock.lock();
    try {
      isBehind = !books.unwritten.isEmpty();
      behindSinceNanos = begun;
    } finally {
      books.lock.unlock();
    }
    if (isNews) {
      listener.writableAgain();
    }
  }
}
