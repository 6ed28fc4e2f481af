package ollama.gateway.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the settings' file has changed. It asks the system for the file behind the name,
 * five times a second: one call that also sees a link that leads elsewhere, as Kubernetes swaps
 * {@code ..data}, and a file that is mounted by itself, and that every file system answers. What
 * notifies instead does none of these three, and needs a thread and a descriptor as well.
 *
 * <p>A change is taken over once it has been the same for one more look, soon after, since somebody
 * may be in the middle of writing; but not later than after some looks, should it never be.
 */
final class SettingsWatch implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(SettingsWatch.class.getName());

  private static final long LOOK_MILLIS = 200;

  /** From a look that showed something else to the next one. */
  private static final long SETTLE_MILLIS = 100;

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
  private final Supplier<List<Optional<Look>>> appearance;
  private final BooleanSupplier hasChanged;
  private final Runnable reload;
  private final LongSupplier nanoTime;

  // Of the thread that looks.
  private List<Optional<Look>> seen = List.of();
  private boolean pending = true;
  // Of anybody: what was read by others than this may look by now as it did at the last look.
  private volatile boolean doubted;
  private int restless;
  private long doubtUntil;

  private @Nullable Thread thread;
  private boolean on;

  /**
   * Prepares.
   *
   * @param file the settings' file
   * @param watched that and others that belong to it, at each time
   * @param hasChanged reads the file, and says whether it holds something else than at last
   * @param reload takes the file over, and throws nothing
   * @param nanoTime the clock
   */
  static SettingsWatch of(
      Path file,
      Supplier<List<Path>> watched,
      BooleanSupplier hasChanged,
      Runnable reload,
      LongSupplier nanoTime) {
    return new SettingsWatch(
        file, () -> watched.get().stream().map(Look::of).toList(), hasChanged, reload, nanoTime);
  }

  /** One that sees the files so; each empty if there is none. */
  SettingsWatch(
      Path file,
      Supplier<List<Optional<Look>>> appearance,
      BooleanSupplier hasChanged,
      Runnable reload,
      LongSupplier nanoTime) {
    this.file = file;
    this.appearance = appearance;
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
        Thread.sleep(restless > 0 ? SETTLE_MILLIS : LOOK_MILLIS);
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

  /** Somebody else has read the files: with the next look their content itself is looked at. */
  void doubt() {
    doubted = true;
  }

  /** Looks once. */
  void look() {
    if (doubted) {
      doubted = false;
      pending = true;
    }
    if (noteLook()) {
      return;
    }
    restless = 0;
    if (pending || (nanoTime.getAsLong() - doubtUntil < 0 && areSmall(seen))) {
      pending = false;
      // The look after it: who reads while somebody begins to write finds an empty file.
      if (hasChanged.getAsBoolean() && !noteLook()) {
        reload.run();
      }
    }
  }

  /**
   * Takes note of how the files look. Whether that is otherwise than at the last look, so that it
   * is worth waiting for the next one.
   */
  private boolean noteLook() {
    List<Optional<Look>> now = appearance.get();
    if (now.equals(seen)) {
      return false;
    }
    seen = now;
    doubtUntil = nanoTime.getAsLong() + DOUBT_NANOS;
    pending = true;
    restless++;
    return restless < RESTLESS_LOOKS;
  }

  private static boolean areSmall(List<Optional<Look>> looks) {
    return looks.stream().allMatch(look -> look.filter(Look::isSmall).isPresent());
  }

  /**
   * How a file looks from outside. The time of its last change moves with its mode, too: one that
   * couldn't be read may be readable since.
   */
  record Look(Object size, Object modified, Object changed, Object device, Object inode) {

    private static final String NAMES = "unix:size,lastModifiedTime,ctime,dev,ino";

    /** How the file behind a name looks; empty if there is none. */
    static Optional<Look> of(Path file) {
      try {
        Map<String, Object> found = Files.readAttributes(file, NAMES);
        return Optional.of(
            new Look(
                get(found, "size"),
                get(found, "lastModifiedTime"),
                get(found, "ctime"),
                get(found, "dev"),
                get(found, "ino")));
      } catch (IOException e) {
        return Optional.empty();
      }
    }

    boolean isSmall() {
      return size instanceof Long bytes && bytes <= DOUBTED_BYTES_MAX;
    }

    private static Object get(Map<String, Object> found, String name) {
      return Objects.requireNonNull(found.get(name), name);
    }
  }
}
