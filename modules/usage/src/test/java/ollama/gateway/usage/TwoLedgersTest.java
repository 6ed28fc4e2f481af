package ollama.gateway.usage;

import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.SOON_MILLIS;
import static ollama.gateway.usage.Fixtures.awaitWritten;
import static ollama.gateway.usage.Fixtures.rows;
import static ollama.gateway.usage.Fixtures.tokens;
import static ollama.gateway.usage.Fixtures.usedToday;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two that want the same directory: one of them has it. */
@Timeout(120)
final class TwoLedgersTest {
  @TempDir private Path folder;

  private final Said said = new Said();

  @Test
  void theSecondOfAProcessCountsInMemoryUntilTheFirstHasEnded() throws Exception {
    Ledger first = open(folder);
    first.record(ALICE, MODEL, tokens(100), false);
    awaitWritten(first);
    try (Ledger second = open(folder)) {
      assertEquals("locked by another: usage.lock\n", said.all());
      assertFalse(second.isPersistent());
      second.record(ALICE, MODEL, tokens(1), false);
      assertEquals(1, usedToday(second, ALICE));
      // It asks again, and its asking takes nothing away from the first.
      Thread.sleep(30);
      first.record(ALICE, MODEL, tokens(10), false);
      awaitWritten(first);
      assertTrue(first.isPersistent());
      assertEquals(110, Fixtures.total(Ledger.read(folder)));
      assertEquals("", said.all());

      first.close();
      assertEquals("writable again", said.next());
      awaitWritten(second);
      assertEquals(111, usedToday(second, ALICE));
      assertEquals(rows(second), Ledger.read(folder));
    }
    assertEquals(111, Fixtures.total(Ledger.read(folder)));
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "not checked: links need rights there")
  void aLinkToTheDirectoryIsTheSameDirectory() throws Exception {
    Path link =
        Files.createSymbolicLink(
            folder.resolve("link"), Files.createDirectory(folder.resolve("real")));
    try (Ledger first = open(link);
        Ledger second = open(folder.resolve("real"))) {
      assertEquals("locked by another: usage.lock\n", said.all());
      assertTrue(first.isPersistent());
      assertFalse(second.isPersistent());
    }
  }

  @Test
  void anotherProcessCountsInMemory() throws Exception {
    try (Ledger ledger = open(folder)) {
      ledger.record(ALICE, MODEL, tokens(1), false);
      awaitWritten(ledger);
      // A second one of this process doesn't take the lock away either.
      open(folder).close();
      assertEquals("locked by another: usage.lock", said.next());
      Process other = LedgerMain.start(folder, LedgerMain.HOLD);
      try (BufferedReader words = other.inputReader(StandardCharsets.UTF_8)) {
        assertEquals("LOCKED", words.readLine());
        assertEquals("HOLDING false", words.readLine());
        ledger.record(ALICE, MODEL, tokens(1), false);
        awaitWritten(ledger);
        other.outputWriter(StandardCharsets.UTF_8).close();
        assertEquals("ENDED", words.readLine());
        assertEquals(0, other.waitFor());
      } finally {
        other.destroyForcibly().waitFor();
      }
      assertEquals(2, Fixtures.total(Ledger.read(folder)));
    }
  }

  @Test
  void theLockOfAProcessDiesWithIt() throws Exception {
    Process other = LedgerMain.start(folder, LedgerMain.HOLD);
    try (BufferedReader words = other.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("HOLDING true", words.readLine());
      try (Ledger ledger = open(folder)) {
        assertEquals("locked by another: usage.lock", said.next());
        ledger.record(ALICE, MODEL, tokens(1), false);
        while (Ledger.read(folder).isEmpty()) {
          Thread.sleep(5);
        }
        other.destroyForcibly().waitFor();
        assertEquals("writable again", said.next());
        awaitWritten(ledger);
        assertEquals(6, Fixtures.total(Ledger.read(folder)));
      }
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertEquals("", said.all());
  }

  private Ledger open(Path directory) {
    return Ledger.open(
        directory, Bounds.DEFAULT, InstantSource.system(), said, new Disk(), SOON_MILLIS);
  }
}
