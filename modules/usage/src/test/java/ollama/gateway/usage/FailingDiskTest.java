package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.BOB;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.SOON_MILLIS;
import static ollama.gateway.usage.Fixtures.awaitWritten;
import static ollama.gateway.usage.Fixtures.journal;
import static ollama.gateway.usage.Fixtures.rows;
import static ollama.gateway.usage.Fixtures.tokens;
import static ollama.gateway.usage.Fixtures.usedToday;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** While a disk fails, everything is in memory; when it works again, everything is written. */
@Timeout(120)
final class FailingDiskTest {
  @TempDir private Path folder;

  private final ManualClock clock = new ManualClock("2026-02-27T12:00:00Z");
  private final Said said = new Said();
  private final FaultyDisk disk = new FaultyDisk();

  @ParameterizedTest
  @ValueSource(
      strings = {"full", "nearly full", "force", "force, rename", "force, open", "full, truncate"})
  void whatComesMeanwhileIsWrittenLater(String fault) throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(10), false);
      awaitWritten(ledger);
      assertTrue(ledger.isPersistent());

      long size = Files.size(journal(folder));
      int renames = disk.renames;
      breakDisk(fault);
      ledger.record(ALICE, MODEL, tokens(10), false);
      boolean isFull = fault.contains("full");
      assertEquals(
          "unwritable: a file: " + (isFull ? "No space left on device" : "Input/output error"),
          said.next());
      if (isFull && !disk.isTruncateFailing) {
        assertEquals(size, Files.size(journal(folder)));
      }
      clock.advance(2_000);
      // Now a new file is needed, if the old one can't be trusted.
      disk.isForceFailing = fault.equals("force");
      for (int i = 0; i < 50; i++) {
        ledger.record(ALICE, MODEL, tokens(1), false);
        ledger.record(BOB, "model-" + i, tokens(2), false);
        Thread.sleep(1);
      }
      assertFalse(ledger.isPersistent());
      assertTrue(ledger.unwrittenMillis() > 0);
      assertTrue(Fixtures.total(Ledger.read(folder)) <= 30);

      disk.mend();
      assertEquals("writable again", said.next());
      awaitWritten(ledger);
      assertTrue(ledger.isPersistent());
      // After a failed fsync, or with a part of a record at its end, the old file isn't trusted.
      assertEquals(List.of("full", "nearly full").contains(fault), disk.renames == renames);
      assertEquals(rows(ledger).size(), Ledger.read(folder).size());
      assertEquals(Fixtures.total(rows(ledger)), Fixtures.total(Ledger.read(folder)));
      ledger.record(ALICE, MODEL, tokens(1_000), false);
    }
    try (Ledger ledger = open()) {
      assertEquals(100, usedToday(ledger, BOB));
      assertEquals(1_070, usedToday(ledger, ALICE));
      assertEquals(1_070, Fixtures.usedInMinute(ledger, ALICE));
      clock.advance(58_000);
      assertEquals(1_050, Fixtures.usedInMinute(ledger, ALICE));
    }
    // Each was said once, and nothing was left behind.
    assertEquals("", said.all());
    assertFalse(Files.exists(folder.resolve("usage.journal.new")));
  }

  private void breakDisk(String fault) {
    switch (fault) {
      case "full" -> disk.room = 0;
      case "nearly full" -> disk.room = 100;
      case "force" -> disk.isForceFailing = true;
      case "force, rename" -> disk.isForceFailing = disk.isRenameFailing = true;
      case "force, open" -> disk.isForceFailing = disk.isOpenFailing = true;
      default -> {
        disk.room = 30;
        disk.isTruncateFailing = true;
      }
    }
  }

  /** Faults at random: at any moment, the file has what was written, and nothing invented. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverFailsNothingIsLostAndNothingCountsTwice(long seed) throws Exception {
    Random random = new Random(seed);
    Map<String, Long> written = new HashMap<>();
    for (int run = 0; run < 5; run++) {
      try (Ledger ledger = open()) {
        for (int i = 0; i < 30; i++) {
          breakSomething(random);
          for (int j = random.nextInt(20); j > 0; j--) {
            String key = Fixtures.key(random.nextInt(4));
            ledger.record(key, "model-" + random.nextInt(3), tokens(1), false);
          }
          clock.advance(random.nextInt(2_000));
          if (random.nextBoolean()) {
            Thread.sleep(random.nextInt(10));
            assertBetween(written, totals(Ledger.read(folder)), totals(rows(ledger)));
          } else {
            disk.mend();
            awaitWritten(ledger);
            written = totals(rows(ledger));
            assertEquals(written, totals(Ledger.read(folder)));
          }
        }
        disk.mend();
      }
      try (Ledger ledger = open()) {
        Map<String, Long> kept = totals(rows(ledger));
        for (int k = 0; k < 4; k++) {
          String key = Fixtures.key(k);
          long used =
              rows(ledger).stream()
                  .filter(row -> row.keyId().equals(key))
                  .mapToLong(UsageRow::requests)
                  .sum();
          assertEquals(used, usedToday(ledger, key));
        }
        written = kept;
      }
      assertFalse(said.all().contains("broken"));
    }
  }

  private void breakSomething(Random random) {
    disk.mend();
    disk.isPiecemeal = random.nextBoolean();
    switch (random.nextInt(6)) {
      case 0 -> disk.room = random.nextInt(2_000);
      case 1 -> disk.isForceFailing = true;
      case 2 -> disk.isRenameFailing = true;
      case 3 -> {
        disk.room = random.nextInt(500);
        disk.isTruncateFailing = true;
      }
      default -> {
        // It works.
      }
    }
  }

  private static void assertBetween(
      Map<String, Long> atLeast, Map<String, Long> kept, Map<String, Long> atMost) {
    atLeast.forEach(
        (row, requests) -> assertTrue(kept.getOrDefault(row, 0L) >= requests, row + kept));
    kept.forEach(
        (row, requests) -> assertTrue(requests <= atMost.getOrDefault(row, 0L), row + kept));
  }

  private static Map<String, Long> totals(List<UsageRow> rows) {
    Map<String, Long> totals = new HashMap<>();
    rows.forEach(row -> totals.put(row.keyId() + " " + row.model(), row.requests()));
    return totals;
  }

  @Test
  void aFileThatCannotBeReplacedGrowsOnlySoFar() throws Exception {
    disk.isRenameFailing = false;
    long largest = 2L * Journal.COMPACTED_FROM;
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(1), false);
      awaitWritten(ledger);
      disk.isRenameFailing = true;
      int turns = 0;
      while (ledger.isPersistent()) {
        for (int i = 0; i < 400; i++) {
          ledger.record(Fixtures.key(i), MODEL, tokens(1), false);
        }
        awaitWrittenOrFailed(ledger);
        turns++;
      }
      assertEquals("unwritable: a file: Input/output error", said.next());
      long size = Files.size(journal(folder));
      assertTrue(size > largest && size < largest + 200_000, "size " + size);
      for (int i = 0; i < 400; i++) {
        ledger.record(Fixtures.key(i), MODEL, tokens(1), false);
      }
      Thread.sleep(20);
      assertEquals(size, Files.size(journal(folder)));

      disk.mend();
      assertEquals("writable again", said.next());
      awaitWritten(ledger);
      assertTrue(Files.size(journal(folder)) < Journal.COMPACTED_FROM);
      assertEquals(400L * (turns + 1) + 1, Fixtures.total(Ledger.read(folder)));
    }
  }

  private static void awaitWrittenOrFailed(Ledger ledger) throws InterruptedException {
    while (ledger.unwrittenMillis() > 0 && ledger.isPersistent()) {
      Thread.sleep(1);
    }
  }

  static boolean hasDevFull() {
    return Files.isWritable(Path.of("/dev/full"));
  }

  @Test
  @EnabledIf("hasDevFull")
  void aDiskThatIsFullIsSaidInTheSystemsWords() throws Exception {
    Disk full =
        new Disk() {
          @Override
          FileChannel open(Path file) throws IOException {
            return file.endsWith("usage.journal.new")
                ? FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)
                : super.open(file);
          }

          @Override
          void truncate(FileChannel channel, long size) {
            // A device can't be.
          }
        };
    try (Ledger ledger = Ledger.open(folder, Bounds.DEFAULT, clock, said, full, SOON_MILLIS)) {
      ledger.record(ALICE, MODEL, tokens(1), false);
      assertEquals("unwritable: " + journal(folder) + ": No space left on device", said.next());
    }
  }

  @Test
  void whatCannotBeADirectoryLeavesALedgerInMemory() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    Path below = file.resolve("deeper");
    try (Ledger ledger = Ledger.open(below, Bounds.DEFAULT, clock, said, new Disk(), SOON_MILLIS)) {
      assertEquals("unwritable: " + below + ": Not a directory\n", said.all());
      for (int i = 0; i < 20; i++) {
        ledger.record(ALICE, MODEL, tokens(1), false);
        Thread.sleep(1);
      }
      assertEquals(20, usedToday(ledger, ALICE));
      assertFalse(ledger.isPersistent());
      assertEquals(-1, ledger.lastWrittenMillisAgo());
      assertEquals("", said.all());

      Files.delete(file);
      assertEquals("writable again", said.next());
      awaitWritten(ledger);
      assertEquals(rows(ledger), Ledger.read(below));
    }
  }

  @Test
  void whatWasThereBeforeTheDirectoryCouldBeHadIsAddedWhenItCan() throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(100), false);
      ledger.record(ALICE, "before", tokens(10), false);
      ledger.record(BOB, MODEL, tokens(7), false);
    }
    disk.isOpenFailing = true;
    try (Ledger ledger = open()) {
      assertEquals("unwritable: a file: Read-only file system", said.next());
      assertEquals(List.of(), rows(ledger));
      clock.advance(20_000);
      ledger.record(ALICE, MODEL, tokens(1), true);
      assertEquals(1, usedToday(ledger, ALICE));

      disk.mend();
      assertEquals("writable again", said.next());
      assertEquals(111, usedToday(ledger, ALICE));
      assertEquals(111, Fixtures.usedInMinute(ledger, ALICE));
      assertEquals(7, usedToday(ledger, BOB));
      assertEquals(118, Fixtures.total(rows(ledger)));
      clock.advance(40_000);
      assertEquals(1, Fixtures.usedInMinute(ledger, ALICE));
    }
    try (Ledger ledger = open()) {
      assertEquals(111, usedToday(ledger, ALICE));
      assertEquals(1, Fixtures.usedInMinute(ledger, ALICE));
      assertEquals(3, rows(ledger).size());
      assertEquals(2, rows(ledger).stream().mapToLong(UsageRow::requests).max().orElse(0));
    }
  }

  private Ledger open() {
    return Ledger.open(folder, Bounds.DEFAULT, clock, said, disk, SOON_MILLIS);
  }
}
