package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.BOB;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.SOON_MILLIS;
import static ollama.gateway.usage.Fixtures.awaitWritten;
import static ollama.gateway.usage.Fixtures.journal;
import static ollama.gateway.usage.Fixtures.rows;
import static ollama.gateway.usage.Fixtures.tokens;
import static ollama.gateway.usage.Fixtures.usedInMinute;
import static ollama.gateway.usage.Fixtures.usedToday;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is kept over a restart. */
@Timeout(60)
final class JournalTest {
  @TempDir private Path folder;

  private final ManualClock clock = new ManualClock("2026-02-27T12:00:00Z");
  private final Said said = new Said();

  @Test
  void everythingIsThereAfterARestart() {
    TokenQuota quota = new TokenQuota(100, 200, 300);
    List<UsageRow> before;
    QuotaState state;
    try (Ledger ledger = open()) {
      ledger.record(BOB, "\ud83e\udd99", new TokenCounts(9, 8, 7), true);
      clock.set("2026-02-28T23:59:40Z");
      ledger.record(ALICE, MODEL, tokens(10), false);
      clock.set("2026-03-01T00:00:10Z");
      ledger.record(ALICE, MODEL, tokens(20), true);
      Reservation _ = ledger.reserve(ALICE, quota, 5);
      before = rows(ledger);
      state = ledger.quotas(ALICE, quota);
      assertEquals(30, state.minute().used());
      assertEquals(20, state.month().used());
    }
    try (Ledger ledger = open()) {
      assertEquals(before, rows(ledger));
      QuotaState after = ledger.quotas(ALICE, quota);
      // What ran isn't running any more.
      assertEquals(new QuotaState(0, state.minute(), state.day(), state.month()), after);
      clock.set("2026-02-28T23:59:59Z");
      assertEquals(10, usedToday(ledger, ALICE));
    }
    assertEquals("", said.all());
  }

  @Test
  void manyRestartsChangeNothing() {
    Random random = new Random(1);
    long used = 0;
    for (int i = 0; i < 30; i++) {
      try (Ledger ledger = open()) {
        assertEquals(used, usedToday(ledger, ALICE));
        assertEquals(used, Fixtures.total(rows(ledger)));
        for (int j = random.nextInt(4); j > 0; j--) {
          long more = random.nextInt(100);
          ledger.record(ALICE, "model-" + random.nextInt(3), tokens(more), false);
          used += more;
        }
      }
      clock.advance(1_000 + random.nextInt(30_000));
    }
    assertEquals("", said.all());
  }

  @Test
  void theMinuteSlidesOverRestarts() {
    for (int i = 0; i < 100; i++) {
      try (Ledger ledger = open()) {
        ledger.record(ALICE, MODEL, tokens(1), false);
        ledger.record(ALICE, MODEL, tokens(1), false);
        assertEquals(Math.min(i + 1, 12) * 2L, usedInMinute(ledger, ALICE));
      }
      clock.advance(5_000);
    }
  }

  @Test
  void theMinuteSlidesOverWritesOfOneRun() throws Exception {
    // The clock goes back, too, and the key is silent for longer than a minute.
    long[] steps = {400, 400, 5_000, 30_000, -20_000, 1_000, 90_000, 10, -200_000, 1_000, 59_000};
    try (Ledger ledger = open()) {
      for (long step : steps) {
        clock.advance(step);
        ledger.record(ALICE, MODEL, tokens(7), false);
        awaitWritten(ledger);
        long used = usedInMinute(ledger, ALICE);
        Books copy = new Books(Bounds.DEFAULT, false);
        try (var channel = FileChannel.open(journal(folder))) {
          JournalReader found = JournalReader.read(channel, copy, clock.millis() / 1_000);
          assertNull(found.damage());
        }
        copy.moveTo(clock.millis());
        assertEquals(used, copy.key(ALICE).usedInMinute(clock.millis() / 1_000));
      }
    }
  }

  @Test
  void aClockThatWentBackWhileNobodyWasThereLeavesNoMinuteStuck() {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(50), false);
    }
    clock.set("2026-02-20T12:00:00Z");
    try (Ledger ledger = open()) {
      assertEquals(
          new QuotaState.Window(50, 40, 60),
          ledger.quotas(ALICE, new TokenQuota(40, 0, 0)).minute());
      clock.advance(60_000);
      assertEquals(0, usedInMinute(ledger, ALICE));
    }
  }

  @Test
  void whatIsReadAgainStaysWithinTheBounds() {
    try (Ledger ledger = open()) {
      for (int day = 0; day < 10; day++) {
        ledger.record(ALICE, MODEL, tokens(1L << day), false);
        clock.advance(86_400_000);
      }
    }
    clock.advance(-86_400_000);
    try (Ledger ledger = open(new Bounds(4, 1_000, 10))) {
      assertEquals(List.of(64L, 128L, 256L, 512L), totals(rows(ledger)));
    }
    assertEquals("", said.all());
    try (Ledger ledger = open(new Bounds(400, 3, 10))) {
      assertEquals(List.of(128L, 256L, 512L), totals(rows(ledger)));
    }
    assertEquals("rows dropped: 3, from 2026-03-06\n", said.all());
  }

  @Test
  void tooManyRowsAreToldOnce() throws Exception {
    try (Ledger ledger = open(new Bounds(400, 3, 100))) {
      ledger.record(ALICE, "yesterday", tokens(1), false);
      clock.advance(86_400_000);
      for (int i = 0; i < 3; i++) {
        ledger.record(ALICE, "model-" + i, tokens(1), false);
      }
      assertEquals("rows dropped: 3, from 2026-02-28", said.next());
      for (int i = 0; i < 50; i++) {
        ledger.record(ALICE, "model-" + i, tokens(1), false);
      }
      // That today doesn't fit is worse, and so is said, too.
      assertEquals("rows dropped: 3, from 2026-02-28", said.next());
      clock.advance(86_400_000);
      for (int i = 0; i < 50; i++) {
        ledger.record(ALICE, "model-" + i, tokens(1), false);
      }
      awaitWritten(ledger);
    }
    assertEquals("", said.all());
  }

  @Test
  void whoReadsNeedsNoLockAndSeesWhatIsWritten() throws Exception {
    assertEquals(List.of(), Ledger.read(folder));
    assertThrows(NoSuchFileException.class, () -> Ledger.read(folder.resolve("missing")));
    try (Ledger ledger = open()) {
      for (int i = 0; i < 20; i++) {
        ledger.record(ALICE, MODEL, tokens(5), false);
        awaitWritten(ledger);
        assertEquals(rows(ledger), Ledger.read(folder));
      }
    }
    Files.writeString(journal(folder), "something else, and more of it");
    IOException e = assertThrows(IOException.class, () -> Ledger.read(folder));
    assertEquals(
        journal(folder)
            + " can't be read: it doesn't begin as a journal of usage does: expected OGWUSAGE and a"
            + " version",
        e.getMessage());
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "not checked: modes, which it doesn't have")
  void directoryAndFilesAreForTheirOwnerAlone() throws Exception {
    Path deep = folder.resolve("a/b");
    try (Ledger ledger = Ledger.open(deep, Bounds.DEFAULT, clock, said)) {
      ledger.record(ALICE, MODEL, tokens(5), false);
      assertTrue(ledger.isPersistent());
    }
    assertEquals("rwx------", mode(deep));
    assertEquals("rw-------", mode(journal(deep)));
    assertEquals("rw-------", mode(deep.resolve("usage.lock")));
    assertEquals(Set.of("usage.journal", "usage.lock"), names(deep));
  }

  @Test
  void whatIsRecordedAfterTheEndIsInMemoryAndHarmless() throws Exception {
    Ledger ledger = open();
    ledger.record(ALICE, MODEL, tokens(5), false);
    ledger.close();
    ledger.close();
    ledger.record(ALICE, MODEL, tokens(5), false);
    assertEquals(10, usedToday(ledger, ALICE));
    assertEquals(5, Fixtures.total(Ledger.read(folder)));
    try (Ledger _ = open()) {
      assertEquals("", said.all());
    }
  }

  @Test
  void nothingIsWrittenWhereNothingWasUsed() throws Exception {
    try (Ledger ledger = open()) {
      assertTrue(ledger.isPersistent());
      assertEquals(-1, ledger.lastWrittenMillisAgo());
    }
    assertEquals(Set.of("usage.lock"), names(folder));
  }

  private Ledger open() {
    return open(Bounds.DEFAULT);
  }

  private Ledger open(Bounds bounds) {
    return Ledger.open(folder, bounds, clock, said, new Disk(), SOON_MILLIS);
  }

  private static List<Long> totals(List<UsageRow> rows) {
    return rows.stream().map(row -> row.counts().total()).toList();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static Set<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
    }
  }
}
