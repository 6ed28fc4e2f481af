package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LedgerNameTest {

  private static final SharedConfig SHARED =
      new SharedConfig("valkey://localhost", false, "", "p:", 200, "local");

  @TempDir private Path folder;

  private String name(SharedConfig config) {
    try (Ledger ledger =
        Ledger.open(folder, Bounds.DEFAULT, InstantSource.system(), new LedgerLog())) {
      return LedgerName.of(config, ledger, folder);
    }
  }

  @Test
  void aLedgerKeepsItsNameOverARestart() {
    String name = name(SHARED);

    assertTrue(name.matches("[0-9a-f]{16}"), name);
    assertEquals(name, name(SHARED));
  }

  @Test
  void whereNothingIsSharedNothingIsKept() {
    assertNotEquals(name(SharedConfig.defaults()), name(SharedConfig.defaults()));
    assertFalse(Files.exists(folder.resolve(LedgerName.FILE)));
  }

  @Test
  void aLedgerInMemoryHasAnotherNameEachTime() {
    Ledger ledger = Ledger.inMemory(Bounds.DEFAULT, InstantSource.system());

    assertNotEquals(LedgerName.of(SHARED, ledger, folder), LedgerName.of(SHARED, ledger, folder));
  }

  @Test
  void aFileThatHoldsNoNameIsLeftAsItIs() throws IOException {
    Files.writeString(folder.resolve(LedgerName.FILE), "");

    assertTrue(name(SHARED).matches("[0-9a-f]{16}"));
    assertEquals("", Files.readString(folder.resolve(LedgerName.FILE)));
  }
}
