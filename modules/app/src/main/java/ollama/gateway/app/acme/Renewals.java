package ollama.gateway.app.acme;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the certificates good that the settings name hosts for, on a thread of its own. Of several
 * gateways with one folder, one orders; the others find what it got there.
 */
public final class Renewals implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Renewals.class.getName());

  /** A clock may be put forward, or a machine sleep, which a sleeping thread doesn't notice. */
  private static final Duration LOOK_EVERY = Duration.ofHours(1);

  private static final Duration LOCKED_LOOK_EVERY = Duration.ofMinutes(1);

  private final Challenges challenges;
  private final Runnable renewed;
  private Optional<OrderedCertificates> wanted = Optional.empty();
  private @Nullable Thread thread;

  /** Who orders; empty in an image that has nobody for it. It takes its time. */
  public static Optional<CertificateOrders> orders() {
    return ServiceLoader.load(CertificateOrders.class).findFirst();
  }

  /**
   * None yet.
   *
   * @param renewed called after each new certificate, by that thread
   */
  public Renewals(Challenges challenges, Runnable renewed) {
    this.challenges = challenges;
    this.renewed = renewed;
  }

  /**
   * Has these from now on; what is being ordered is given up if they are others than before.
   *
   * @param now empty for none
   */
  public synchronized void set(Optional<OrderedCertificates> now) {
    if (now.equals(wanted)) {
      return;
    }
    Thread before = thread;
    stop();
    wanted = now;
    if (now.isPresent()) {
      OrderedCertificates these = now.get();
      CertificateOrders from = orders().orElseThrow();
      thread =
          Thread.ofPlatform()
              .daemon()
              .name("acme")
              .start(
                  () -> {
                    if (hasEnded(before)) {
                      run(these, from);
                    }
                  });
    }
  }

  /** Waits until who had the folder before has let go of it; false if nobody waits any more. */
  private static boolean hasEnded(@Nullable Thread before) {
    try {
      if (before != null) {
        before.join();
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void stop() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
      thread = null;
    }
  }

  @Override
  public synchronized void close() {
    stop();
    wanted = Optional.empty();
  }

  private void run(OrderedCertificates these, CertificateOrders orders) {
    AcmeFolder folder = new AcmeFolder(these.folder());
    Renewal renewal =
        new Renewal(
            these.config(),
            these.authorities(),
            folder,
            orders,
            challenges,
            InstantSource.system());
    try {
      boolean told = false;
      while (true) {
        try (Lock lock = Lock.of(folder)) {
          if (lock.isHeld()) {
            renewUntilInterrupted(renewal);
          }
          if (!told) {
            LOG.log(
                System.Logger.Level.INFO,
                "another gateway orders the certificates in " + folder.path());
          }
          told = true;
        } catch (IOException e) {
          LOG.log(
              System.Logger.Level.ERROR,
              "no certificates are ordered, since none can be kept in " + folder.path(),
              e);
        }
        Thread.sleep(LOCKED_LOOK_EVERY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void renewUntilInterrupted(Renewal renewal) throws InterruptedException {
    while (true) {
      Duration pause = LOOK_EVERY;
      try {
        Instant next = renewal.orderWhatIsDue(renewed);
        Duration left = Duration.between(Instant.now(), next);
        pause = left.compareTo(LOOK_EVERY) < 0 ? left : LOOK_EVERY;
      } catch (RuntimeException | Error e) {
        // The next look may go better, and without one a certificate would expire unnoticed.
        LOG.log(System.Logger.Level.ERROR, "ordering certificates failed", e);
      }
      Thread.sleep(Math.max(pause.toMillis(), 1000));
    }
  }

  /** That of a folder, or none while another process has it. */
  private record Lock(FileChannel channel, Optional<FileLock> held) implements AutoCloseable {

    static Lock of(AcmeFolder folder) throws IOException {
      folder.create();
      FileChannel channel =
          FileChannel.open(
              folder.path().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        return new Lock(channel, Optional.ofNullable(channel.tryLock()));
      } catch (OverlappingFileLockException e) {
        // Another gateway of this process, or who has just been told to stop.
        return new Lock(channel, Optional.empty());
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    }

    boolean isHeld() {
      return held.isPresent();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
