package ollama.gateway.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the settings' file has changed. It asks the system for the file behind the name,
 * five times a second: one call that also sees a link that leads elsewhere, as Kubernetes swaps
 * {@code ..data}, and a file that is mounted by itself, and that every file system answers. What
 * notifies instead does none of these three, and needs a thread and a descriptor as well.
 *
 * <p>A change is taken over once it has been the same for one more look, since somebody may be in
 * the middle of writing; but not later than after some looks, should it never be.
 */
final class SettingsWatch implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(SettingsWatch.class.getName());

  private static final long LOOK_MILLIS = 200;

  /** So many looks that each show something else are enough. */
  private static final int RESTLESS_LOOKS = 3;

  /**
   * For so long after a change the content itself is looked at: some file systems know times to two
   * seconds only, so that what is written soon after may look the same.
   */
  private static final long DOUBT_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** Larger ones aren't read again for that. */
  private static final long DOUBTED_BYTES_MAX = 1 << 20;

  private final Path file;
  private final BooleanSupplier hasChanged;
  private final Runnable reload;
  private final LongSupplier nanoTime;

  // Of the thread that looks.
  private @Nullable BasicFileAttributes seen;
  private boolean pending = true;
  private int restless;
  private long doubtUntil;

  private @Nullable Thread thread;
  private boolean on;

  /**
   * Prepares.
   *
   * @param hasChanged reads the file, and says whether it holds something else than at last
   * @param reload takes the file over, and throws nothing
   * @param nanoTime the clock
   */
  SettingsWatch(Path file, BooleanSupplier hasChanged, Runnable reload, LongSupplier nanoTime) {
    this.file = file;
    this.hasChanged = hasChanged;
    this.reload = reload;
    this.nanoTime = nanoTime;
    doubtUntil = nanoTime.getAsLong() + DOUBT_NANOS;
  }

  /** Looks from now on, or doesn't any more. */
  synchronized void set(boolean wanted) {
    on = wanted;
    if (wanted && thread == null) {
      thread = Thread.ofPlatform().daemon().name("settings-watch").start(this::run);
    }
  }

  @Override
  public void close() {
    set(false);
  }

  private void run() {
    try {
      // Not at once: the first answer shall not wait for this.
      Thread.sleep(LOOK_MILLIS);
      while (goesOn()) {
        lookAndGoOn();
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean goesOn() {
    if (!on) {
      thread = null;
    }
    return on;
  }

  private void lookAndGoOn() {
    try {
      look();
    } catch (RuntimeException | Error e) {
      // Also without memory for a reload: the next change is to be noticed all the same.
      LOG.log(System.Logger.Level.ERROR, "looking for changes of " + file + " failed", e);
    }
  }

  /** Looks once. */
  void look() {
    BasicFileAttributes now = attributes();
    boolean moved = !isSame(now, seen);
    long nanos = nanoTime.getAsLong();
    if (moved) {
      seen = now;
      doubtUntil = nanos + DOUBT_NANOS;
      pending = true;
      restless++;
      if (restless < RESTLESS_LOOKS) {
        return;
      }
    }
    restless = 0;
    if (pending || (nanos - doubtUntil < 0 && isSmall(now))) {
      pending = false;
      if (hasChanged.getAsBoolean()) {
        reload.run();
      }
    }
  }

  /** Of the file behind the name; null if there is none. */
  private @Nullable BasicFileAttributes attributes() {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class);
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isSame(
      @Nullable BasicFileAttributes one, @Nullable BasicFileAttributes other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    return one.size() == other.size()
        && one.lastModifiedTime().equals(other.lastModifiedTime())
        && Objects.equals(one.fileKey(), other.fileKey());
  }

  private static boolean isSmall(@Nullable BasicFileAttributes file) {
    return file != null && file.size() <= DOUBTED_BYTES_MAX;
  }
}
