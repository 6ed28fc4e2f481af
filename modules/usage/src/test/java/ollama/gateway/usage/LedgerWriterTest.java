package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.SOON_MILLIS;
import static ollama.gateway.usage.Fixtures.awaitWritten;
import static ollama.gateway.usage.Fixtures.journal;
import static ollama.gateway.usage.Fixtures.rows;
import static ollama.gateway.usage.Fixtures.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When and how often is written, and by whom. */
@Timeout(120)
final class LedgerWriterTest {
  @TempDir private Path folder;

  private final ManualClock clock = new ManualClock("2026-02-27T12:00:00Z");
  private final Said said = new Said();
  private final FaultyDisk disk = new FaultyDisk();

  @Test
  void whatComesTogetherIsOneWrite() throws Exception {
    try (Ledger ledger = open(500)) {
      ledger.record(ALICE, MODEL, tokens(1), false);
      awaitWritten(ledger);
      int writes = disk.writes;
      int forces = disk.forces;
      for (int i = 0; i < 100; i++) {
        ledger.record(Fixtures.key(i), MODEL, tokens(1), false);
      }
      awaitWritten(ledger);
      // On a machine that stopped in between there may be one more.
      assertTrue(disk.writes - writes <= 2, "writes: " + (disk.writes - writes));
      assertTrue(disk.forces - forces <= 2, "forces: " + (disk.forces - forces));
      assertEquals(disk.writes - writes, disk.forces - forces);
      assertEquals(rows(ledger).size(), Ledger.read(folder).size());
    }
  }

  @Test
  void whileNothingHappensItSleepsAndBeforeThatThereIsNoThread() throws Exception {
    // Another test's may be about to end.
    while (!writers().isEmpty()) {
      Thread.sleep(1);
    }
    try (Ledger ledger = open(SOON_MILLIS)) {
      assertEquals(List.of(), writers());
      ledger.record(ALICE, MODEL, tokens(1), false);
      awaitWritten(ledger);
      assertEquals(1, writers().size());
      Thread writer = writers().getLast();
      assertTrue(writer.isDaemon());
      while (writer.getState() != Thread.State.WAITING) {
        Thread.sleep(1);
      }
      int forces = disk.forces;
      for (int i = 0; i < 50; i++) {
        // Not to wait for anything, but to look again: it would be TIMED_WAITING in between.
        Thread.sleep(1);
        assertEquals(Thread.State.WAITING, writer.getState());
      }
      assertEquals(forces, disk.forces);
      ledger.record(ALICE, MODEL, tokens(1), false);
      awaitWritten(ledger);
      assertEquals(forces + 1, disk.forces);
    }
    assertEquals(List.of(), writers());
  }

  @Test
  void theEndWritesWhatIsLeftWithoutWaitingForTheRest() throws Exception {
    Ledger ledger = open(TimeUnit.HOURS.toMillis(1));
    ledger.record(ALICE, MODEL, tokens(5), false);
    assertTrue(ledger.unwrittenMillis() > 0);
    ledger.close();
    assertEquals(5, Fixtures.total(Ledger.read(folder)));
    assertEquals(0, ledger.unwrittenMillis());
    assertTrue(ledger.lastWrittenMillisAgo() >= 0);
  }

  @Test
  void theEndWaitsOnlySoLongForADiskThatHangs() throws Exception {
    CountDownLatch isHanging = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    Disk hanging =
        new Disk() {
          @Override
          int write(FileChannel channel, ByteBuffer bytes, long position)
              throws java.io.IOException {
            isHanging.countDown();
            try {
              goesOn.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            return super.write(channel, bytes, position);
          }
        };
    Ledger ledger = Ledger.open(folder, Bounds.DEFAULT, clock, said, hanging, SOON_MILLIS);
    ledger.record(ALICE, MODEL, tokens(5), false);
    isHanging.await();
    // Nobody who records waits for the disk.
    ledger.record(ALICE, MODEL, tokens(5), false);
    assertEquals(10, Fixtures.usedToday(ledger, ALICE));
    ledger.close();
    assertEquals(
        "unwritable: the disk has been busy for 5 s: what was recorded last may not be there at the"
            + " next start",
        said.next());
    // While it may still write, the directory is locked.
    try (Ledger second = open(SOON_MILLIS)) {
      assertEquals("locked by another: usage.lock", said.next());
      second.record(ALICE, MODEL, tokens(1), false);
      goesOn.countDown();
      assertEquals("writable again", said.next());
      assertEquals(11, Fixtures.usedToday(second, ALICE));
    }
  }

  @Test
  void aListenerThatThrowsStopsNothing() throws Exception {
    LedgerListener bad =
        new LedgerListener() {
          @Override
          public void broken(Path file, Optional<Path> aside, String reason, long kept) {
            throw new IllegalStateException("broken");
          }

          @Override
          public void torn(Path file, long bytes) {
            throw new IllegalStateException("torn");
          }

          @Override
          public void unwritable(String reason) {
            throw new IllegalStateException("unwritable");
          }

          @Override
          public void moved(Path file) {
            throw new IllegalStateException("moved");
          }

          @Override
          public void writableAgain() {
            throw new IllegalStateException("writable");
          }

          @Override
          public void lockedByAnother(Path lockFile) {
            throw new IllegalStateException("locked");
          }

          @Override
          public void rowsDropped(int maxRows, LocalDate oldestDay) {
            throw new IllegalStateException("dropped");
          }
        };
    Files.writeString(journal(folder), "OGWUSAGE?");
    Bounds bounds = new Bounds(400, 1, 10);
    try (Ledger ledger = Ledger.open(folder, bounds, clock, bad, disk, SOON_MILLIS);
        Ledger second = Ledger.open(folder, bounds, clock, bad, disk, SOON_MILLIS)) {
      disk.room = 10;
      ledger.record(ALICE, MODEL, tokens(5), false);
      while (ledger.isPersistent()) {
        Thread.sleep(1);
      }
      ledger.record(ALICE, "another", tokens(5), false);
      disk.mend();
      awaitWritten(ledger);
      assertTrue(ledger.isPersistent());
      assertEquals(10, Fixtures.usedToday(ledger, ALICE));
      assertEquals(0, Fixtures.usedToday(second, ALICE));
    }
  }

  @Test
  void whatComesWhileTheFileIsReplacedIsThereToo() throws Exception {
    int keys = 500;
    List<Thread> threads = new ArrayList<>();
    long times = 40;
    try (Ledger ledger = open(SOON_MILLIS)) {
      for (int t = 0; t < 2; t++) {
        String model = "model-" + t;
        threads.add(Thread.ofPlatform().start(() -> use(ledger, keys, model, times)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      awaitWritten(ledger);
      assertTrue(disk.renames > 2, "replaced " + disk.renames + " times");
      assertEquals(new HashSet<>(rows(ledger)), new HashSet<>(Ledger.read(folder)));
    }
    assertTrue(Files.size(journal(folder)) < 2 * Journal.COMPACTED_FROM);
    try (Ledger ledger = open(SOON_MILLIS)) {
      assertEquals(2L * keys, rows(ledger).size());
      for (UsageRow row : rows(ledger)) {
        assertEquals(times, row.requests());
      }
      for (int k = 0; k < keys; k++) {
        assertEquals(2 * times, Fixtures.usedToday(ledger, Fixtures.key(k)));
      }
    }
    assertEquals("", said.all());
  }

  private static void use(Ledger ledger, int keys, String model, long times) {
    try {
      for (int i = 0; i < times; i++) {
        for (int k = 0; k < keys; k++) {
          ledger.record(Fixtures.key(k), model, tokens(1), false);
        }
        awaitWritten(ledger);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The threads of all ledgers of this process. */
  private static List<Thread> writers() {
    Thread[] all = new Thread[1_000];
    int count = Thread.enumerate(all);
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (all[i].getName().equals("usage")) {
        writers.add(all[i]);
      }
    }
    return writers;
  }

  private Ledger open(long restMillis) {
    return Ledger.open(folder, Bounds.DEFAULT, clock, said, disk, restMillis);
  }
}
