package ollama.gateway.usage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** A ledger in a process of its own, which says on its output what it does. */
final class LedgerMain {
  static final String HOLD = "hold";
  static final String LOAD = "load";

  /** The time in there, so that no midnight is in the way. */
  static final String TIME = "2026-02-27T12:00:00Z";

  /** What a line ends with that isn't a part of one. */
  static final String WHOLE = "whole";

  private static final int BATCH = 20;
  private static final long PAUSE_NANOS = 300_000;

  private LedgerMain() {}

  /**
   * Takes the directory, and {@link #HOLD}, which records once and goes on until its input ends; or
   * {@link #LOAD}, which records until it is killed.
   */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    try (Ledger ledger =
        Ledger.open(directory, Bounds.DEFAULT, new ManualClock(TIME), new Announcing())) {
      if (arguments[1].equals(HOLD)) {
        ledger.record(Fixtures.ALICE, Fixtures.MODEL, Fixtures.tokens(5), false);
        say("HOLDING " + ledger.isPersistent());
        int _ = System.in.read();
      } else {
        load(ledger);
      }
    }
    say("ENDED");
  }

  /**
   * Records answers of one token each, and says before each batch up to how many there may be, and
   * behind it how many there are, when that is, and since when something isn't written.
   */
  private static void load(Ledger ledger) {
    long recorded = Fixtures.total(Fixtures.rows(ledger));
    say("OPENED " + recorded);
    while (true) {
      say("UPTO " + (recorded + BATCH));
      for (int i = 0; i < BATCH; i++) {
        String key = Fixtures.key((recorded + i) % 7);
        ledger.record(key, "model-" + (recorded + i) % 3, new TokenCounts(1, 0, 0), false);
      }
      recorded += BATCH;
      long now = System.nanoTime() / 1_000_000;
      say("DONE " + recorded + " " + now + " " + ledger.unwrittenMillis() + " " + WHOLE);
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static void say(String words) {
    System.out.println(words);
  }

  private static final class Announcing implements LedgerListener {
    @Override
    public void broken(Path file, Optional<Path> setAside, String reason, long recordsKept) {
      say("BROKEN " + reason);
    }

    @Override
    public void torn(Path file, long bytes) {
      say("TORN " + bytes);
    }

    @Override
    public void unwritable(String reason) {
      say("UNWRITABLE " + reason);
    }

    @Override
    public void moved(Path file) {
      say("MOVED");
    }

    @Override
    public void writableAgain() {
      say("WRITABLE");
    }

    @Override
    public void lockedByAnother(Path lockFile) {
      say("LOCKED");
    }

    @Override
    public void rowsDropped(int maxRows, LocalDate oldestDay) {
      say("DROPPED");
    }
  }

  /** How another process is started that runs this. */
  static Process start(Path directory, String what) throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-cp",
                ChildClasses.path(),
                LedgerMain.class.getName(),
                directory.toString(),
                what))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
