package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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
  void warnsWhenTheConfiguredConnectionsDontFit() throws Exception {
    Descriptors descriptors = read("1056", 20);
    assertEquals(Optional.empty(), descriptors.warning(500, 4, 0));
    assertEquals(
        "limits.connections is 501, but this process may open only 1056 file descriptors: beyond"
            + " 500 connections, each of which may need one more to a server, idle ones are closed"
            + " and others refused; lower limits.connections, or raise that limit to 1058 (ulimit"
            + " -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker)",
        descriptors.warning(501, 4, 0).orElseThrow());
    String none = descriptors.warning(0, 4, 0).orElseThrow();
    assertTrue(none.contains("limits.connections is 0 (no limit), but"), none);
    assertTrue(none.contains("; raise that limit (ulimit -n"), none);
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
