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
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Somebody moves or removes a ledger's files while it runs. */
@Timeout(120)
@DisabledOnOs(
    value = OS.WINDOWS,
    disabledReason = "not checked: files that are moved while they are open, which it refuses")
final class MovedFilesTest {
  @TempDir private Path parent;

  private final ManualClock clock = new ManualClock(LedgerMain.TIME);
  private final Said said = new Said();
  private Path folder = Path.of("");

  @BeforeEach
  void nameTheFolder() {
    folder = parent.resolve("state");
  }

  @Test
  void aJournalThatWasMovedIsWrittenAnewWithAllThatIsKnown() throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(100), false);
      awaitWritten(ledger);
      Path backup = folder.resolve("usage.journal.bak");
      for (int i = 1; i < 4; i++) {
        Files.deleteIfExists(backup);
        Files.move(journal(folder), backup);
        byte[] moved = Files.readAllBytes(backup);
        ledger.record(BOB, MODEL, tokens(1), false);
        awaitWritten(ledger);
        assertEquals("moved: usage.journal\n", said.all());
        assertTrue(ledger.isPersistent());
        assertArrayEquals(moved, Files.readAllBytes(backup));
        assertEquals(100 + i, Fixtures.total(Ledger.read(folder)));
        // The new one is appended to.
        ledger.record(ALICE, MODEL, tokens(0), false);
        awaitWritten(ledger);
        assertEquals(rows(ledger), Ledger.read(folder));
      }
    }
    assertEquals("", said.all());
    assertUsed(100, 3);
  }

  @Test
  void theEndWritesAnewWhatWasRemovedThoughNothingCameSince() throws Exception {
    Ledger ledger = open();
    ledger.record(ALICE, MODEL, tokens(100), false);
    awaitWritten(ledger);
    Files.delete(journal(folder));
    ledger.close();
    assertUsed(100, 0);
    // Also one in which nothing was recorded, so that it has no thread.
    ledger = open();
    Files.delete(journal(folder));
    ledger.close();
    ledger.close();
    assertEquals("moved: usage.journal\nmoved: usage.journal\n", said.all());
    assertUsed(100, 0);
  }

  @Test
  void aFolderThatWasRemovedIsMadeAndLockedAnew() throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(100), false);
      awaitWritten(ledger);
      remove(folder);
      ledger.record(BOB, MODEL, tokens(1), false);
      awaitWritten(ledger);
      assertEquals("moved: usage.lock\n", said.all());
      assertTrue(ledger.isPersistent());
      assertEquals(100, usedInMinute(ledger, ALICE));
      assertEquals(rows(ledger), Ledger.read(folder));
      assertLockedForOthers();
    }
    assertUsed(100, 1);
  }

  @Test
  void aFolderThatCannotBeMadeAnewLeavesAllInMemoryUntilItCan() throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(100), false);
      awaitWritten(ledger);
      remove(folder);
      Files.writeString(folder, "in its place");
      ledger.record(BOB, MODEL, tokens(1), false);
      assertEquals("moved: usage.lock", said.next());
      assertEquals(
          "unwritable: " + folder.resolve("usage.lock") + ": Not a directory", said.next());
      assertFalse(ledger.isPersistent());
      Files.delete(folder);
      assertEquals("writable again", said.next());
      awaitWritten(ledger);
      assertTrue(ledger.isPersistent());
    }
    assertEquals("", said.all());
    assertUsed(100, 1);
  }

  @Test
  void whatOthersPutInItsPlaceIsSetAside() throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(100), false);
      awaitWritten(ledger);
      // The same file, as a shell's redirection changes it.
      Files.writeString(journal(folder), "another");
      ledger.record(BOB, MODEL, tokens(1), false);
      awaitWritten(ledger);
      assertEquals("moved: usage.journal\n", said.all());
      Path aside = folder.resolve("usage.journal.broken-20260227T120000Z");
      assertEquals("another", Files.readString(aside));
    }
    assertUsed(100, 1);
  }

  @Test
  void aLockThatWasRemovedIsTakenAnew() throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(100), false);
      awaitWritten(ledger);
      Files.delete(folder.resolve("usage.lock"));
      ledger.record(BOB, MODEL, tokens(1), false);
      awaitWritten(ledger);
      assertEquals("moved: usage.lock\n", said.all());
      assertEquals(100, usedInMinute(ledger, ALICE));
      assertLockedForOthers();
    }
    assertUsed(100, 1);
  }

  /** The other one goes on with what was written. */
  @Test
  void whoeverLosesItsLockToAnotherCountsInMemoryUntilThatHasEnded() throws Exception {
    loseTheLock(false);
  }

  /** The other one begins with nothing. */
  @Test
  void whoeverLosesItsFolderToAnotherCountsInMemoryUntilThatHasEnded() throws Exception {
    loseTheLock(true);
  }

  private void loseTheLock(boolean isJournalLost) throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(100), false);
      awaitWritten(ledger);
      Files.delete(folder.resolve("usage.lock"));
      if (isJournalLost) {
        Files.delete(journal(folder));
      }
      Process other = LedgerMain.start(folder, LedgerMain.HOLD);
      try (BufferedReader words = other.inputReader(StandardCharsets.UTF_8)) {
        assertEquals("HOLDING true", words.readLine());
        long before = isJournalLost ? 0 : 100;
        while (!Files.exists(journal(folder)) || total() == before) {
          TimeUnit.MILLISECONDS.sleep(5);
        }
        ledger.record(ALICE, MODEL, tokens(10), false);
        ledger.record(BOB, MODEL, tokens(1), false);
        assertEquals("moved: usage.lock", said.next());
        assertEquals("locked by another: usage.lock", said.next());
        assertFalse(ledger.isPersistent());
        // Its quotas hold on.
        assertEquals(110, usedToday(ledger, ALICE));
        assertEquals(before + 5, total());
        other.outputWriter(StandardCharsets.UTF_8).close();
        assertEquals("ENDED", words.readLine());
      } finally {
        other.destroyForcibly().waitFor();
      }
      assertEquals("writable again", said.next());
      awaitWritten(ledger);
      assertEquals(115, usedInMinute(ledger, ALICE));
      assertEquals(115, usedToday(ledger, ALICE));
      assertEquals(rows(ledger), Ledger.read(folder));
    }
    assertEquals("", said.all());
    assertUsed(115, 1);
  }

  @Test
  void whatAnotherCountedWhileNothingHappenedHereIsAdded() throws Exception {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(100), false);
      awaitWritten(ledger);
      Files.delete(folder.resolve("usage.lock"));
      Process other = LedgerMain.start(folder, LedgerMain.HOLD);
      other.outputWriter(StandardCharsets.UTF_8).close();
      assertEquals(0, other.waitFor());
      ledger.record(BOB, MODEL, tokens(1), false);
      awaitWritten(ledger);
      assertEquals("moved: usage.lock\n", said.all());
      assertEquals(105, usedToday(ledger, ALICE));
      assertEquals(rows(ledger), Ledger.read(folder));
    }
    assertUsed(105, 1);
  }

  private long total() throws IOException {
    return Fixtures.total(Ledger.read(folder));
  }

  private void assertLockedForOthers() throws Exception {
    Process other = LedgerMain.start(folder, LedgerMain.HOLD);
    try (BufferedReader words = other.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("LOCKED", words.readLine());
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  private void assertUsed(long byAlice, long byBob) throws IOException {
    try (Ledger ledger = open()) {
      assertTrue(ledger.isPersistent());
      assertEquals(byAlice, usedToday(ledger, ALICE));
      assertEquals(byBob, usedToday(ledger, BOB));
      assertEquals(byAlice + byBob, total());
    }
  }

  private Ledger open() {
    return Ledger.open(folder, Bounds.DEFAULT, clock, said, new Disk(), SOON_MILLIS);
  }

  private static void remove(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.list(directory)) {
      all = files.toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
    Files.delete(directory);
  }
}
