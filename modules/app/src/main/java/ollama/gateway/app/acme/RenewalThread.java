package ollama.gateway.app.acme;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Keeps the certificates of some settings good, until it is stopped. It begins when the one before
 * has ended, which may have had the same folder.
 */
final class RenewalThread {

  private static final System.Logger LOG = System.getLogger(RenewalThread.class.getName());

  /** A clock may be put forward, or a machine sleep, which a waiting thread doesn't notice. */
  private static final Duration LOOK_EVERY = Duration.ofHours(1);

  private static final Duration LOCKED_LOOK_EVERY = Duration.ofMinutes(1);

  private final AcmeFolder folder;
  private final Renewal renewal;
  private final Runnable renewed;
  private final Optional<RenewalThread> before;
  private final Thread thread;
  // Guarded by this object.
  private boolean stopped;
  private boolean woken;
  // Of the thread.
  private String told = "";

  private RenewalThread(
      AcmeFolder folder, Renewal renewal, Runnable renewed, Optional<RenewalThread> before) {
    this.folder = folder;
    this.renewal = renewal;
    this.renewed = renewed;
    this.before = before;
    this.thread = Thread.ofPlatform().daemon().name("acme").unstarted(this::run);
  }

  /**
   * Starts one.
   *
   * @param renewed called when a certificate may have come
   * @param before who is to end first
   */
  static RenewalThread start(
      AcmeFolder folder, Renewal renewal, Runnable renewed, Optional<RenewalThread> before) {
    RenewalThread made = new RenewalThread(folder, renewal, renewed, before);
    made.thread.start();
    return made;
  }

  /** Has it look now, also at what failed lately. */
  synchronized void wake() {
    woken = true;
    notifyAll();
  }

  /** Has it end, soon; an order that runs is given up. */
  synchronized void stop() {
    stopped = true;
    notifyAll();
    thread.interrupt();
  }

  /** Waits for its end, also when interrupted: nothing of it is to be there any more. */
  private void awaitEnd() {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    before.ifPresent(RenewalThread::awaitEnd);
    while (pause(Duration.ZERO)) {
      // It looks now, whoever wanted that.
      boolean _ = takeWoken();
      try (FolderLock lock = FolderLock.of(folder)) {
        if (lock.isHeld()) {
          renewUntilStopped();
        } else {
          tell(System.Logger.Level.INFO, "another gateway orders the certificates in ");
          // Which may have got one, and the settings' files may not be watched.
          renewed.run();
        }
      } catch (IOException e) {
        tell(
            System.Logger.Level.ERROR,
            "no certificates are ordered until they can be kept ("
                + AcmeFolder.reason(e)
                + "): give the gateway's user the folder, or name another one in tls.acme.folder:"
                + " ");
      } catch (RuntimeException | Error e) {
        LOG.log(System.Logger.Level.ERROR, "ordering certificates failed", e);
      }
      if (!pause(LOCKED_LOOK_EVERY)) {
        return;
      }
    }
  }

  /** What stays as it is is told once. */
  private void tell(System.Logger.Level level, String what) {
    if (!told.equals(what)) {
      told = what;
      LOG.log(level, what + folder.path());
    }
  }

  private void renewUntilStopped() {
    Duration pause = Duration.ZERO;
    while (pause(pause)) {
      pause = LOOK_EVERY;
      try {
        if (takeWoken()) {
          renewal.tryAgain();
        }
        Duration left = Duration.between(Instant.now(), renewal.orderWhatIsDue(renewed));
        // Never at once: whatever is wrong, it isn't to be done over and over.
        pause = left.compareTo(LOOK_EVERY) < 0 ? max(left, Duration.ofSeconds(1)) : LOOK_EVERY;
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException | Error e) {
        // The next look may go better, and without one a certificate would expire unnoticed.
        LOG.log(System.Logger.Level.ERROR, "ordering certificates failed", e);
      }
    }
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private synchronized boolean takeWoken() {
    boolean was = woken;
    woken = false;
    return was;
  }

  /** Waits, unless somebody wakes it; false if it is to end. */
  private synchronized boolean pause(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    try {
      while (!stopped && !woken) {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          break;
        }
        wait(millis);
      }
    } catch (InterruptedException e) {
      // Only who stops it does so.
      return false;
    }
    return !stopped;
  }
}
