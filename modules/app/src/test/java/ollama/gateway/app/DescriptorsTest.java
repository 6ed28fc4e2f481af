package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import ollama.gateway.config.LimitsConfig;
import ollama.gateway.http.loop.DescriptorBudget;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorsTest {

  private @TempDir Path proc = Path.of("");

  @Test
  void theSoftLimitAndWhatIsOpenAreRead() throws Exception {
    assertEquals(new Descriptors(1024, 3), read("1024", 3));
  }

  @Test
  void noLimitIsNone() throws Exception {
    Descriptors unlimited = read("unlimited", 3);
    assertTrue(unlimited.budget(1, 16).has(Integer.MAX_VALUE));
    assertEquals(Optional.empty(), unlimited.warning(0, 1, 16));
  }

  @Test
  void aSystemThatTellsNothingSetsNoLimit() {
    Descriptors unknown = Descriptors.of(proc.resolve("nothing"));
    assertTrue(unknown.budget(1, 16).has(Integer.MAX_VALUE));
    assertEquals(Optional.empty(), unknown.warning(10_000, 1, 16));
  }

  @Test
  void connectionsGetWhatOthersAndTheReserveLeave() throws Exception {
    // 20 open, 4 for checks, 32 in reserve.
    DescriptorBudget budget = read("1056", 20).budget(4, 0);
    assertTrue(budget.has(1000));
    assertFalse(budget.has(1001));
  }

  @Test
  void reservedConnectionsNeedOneEach() throws Exception {
    Descriptors descriptors = read("1056", 20);
    assertEquals(500, descriptors.connections(4, 0));
    assertEquals(492, descriptors.connections(4, 16));
    assertTrue(descriptors.budget(4, 16).has(1000));
    assertFalse(descriptors.budget(4, 16).has(1001));
  }

  @Test
  void aLimitThatIsMuchTooLowLeavesAFewConnections() throws Exception {
    assertTrue(read("30", 20).budget(1, 16).has(4 + 16));
  }

  @Test
  void warnsInALineOfFewerConnectionsThanWereAskedFor() throws Exception {
    Descriptors descriptors = read("4056", 20);
    assertEquals(Optional.empty(), descriptors.warning(2000, 4, 0));
    assertEquals(
        "only 2000 connections at once: this process may open 4056 files (ulimit -n,"
            + " LimitNOFILE=)",
        descriptors.warning(2001, 4, 0).orElseThrow());
  }

  @Test
  void saysNothingWhereNobodyAskedForMore() throws Exception {
    Descriptors descriptors = read("4056", 20);
    assertEquals(
        Optional.empty(), descriptors.warning(LimitsConfig.defaults().connections(), 4, 0));
    assertEquals(Optional.empty(), descriptors.warning(0, 4, 0));
  }

  @Test
  void warnsOfFewerConnectionsThanAnybodyNeeds() throws Exception {
    Descriptors descriptors = read("1024", 20);
    assertEquals(Optional.empty(), descriptors.warning(100, 4, 0));
    for (int wanted : new int[] {0, LimitsConfig.defaults().connections()}) {
      assertTrue(
          descriptors
              .warning(wanted, 4, 0)
              .orElseThrow()
              .startsWith("only 484 connections at once"));
    }
  }

  private Descriptors read(String soft, int open) throws IOException {
    Files.writeString(
        proc.resolve("limits"),
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             100                  100                  processes
        Max open files            %-20s 524288               files
        """
            .formatted(soft));
    Path folder = Files.createDirectory(proc.resolve("fd"));
    for (int i = 0; i < open; i++) {
      Files.createFile(folder.resolve("" + i));
    }
    return Descriptors.of(proc);
  }
}
