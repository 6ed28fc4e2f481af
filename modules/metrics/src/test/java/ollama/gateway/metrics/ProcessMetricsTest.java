package ollama.gateway.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessMetricsTest {
  @TempDir private Path proc;

  @Test
  void readsTheProcess() throws IOException {
    Files.writeString(
        proc.resolve("status"),
        """
        Name:\tjava
        VmHWM:\t  999999 kB
        VmRSS:\t   54321 kB
        Threads:\t12
        """);
    Files.writeString(
        proc.resolve("limits"),
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             95838                95838                processes
        Max open files            1024                 524288               files
        """);
    Files.createDirectory(proc.resolve("fd"));
    for (int descriptor = 0; descriptor < 5; descriptor++) {
      Files.createFile(proc.resolve("fd").resolve(String.valueOf(descriptor)));
    }

    List<String> lines = page().lines();
    assertTrue(lines.contains("process_resident_memory_bytes 5.5624704E7"));
    assertTrue(lines.contains("process_threads 12.0"));
    assertTrue(lines.contains("process_max_fds 1024.0"));
    assertTrue(lines.contains("process_open_fds 5.0"));
  }

  @Test
  void leavesOutWhatIsNoNumber() throws IOException {
    Files.writeString(
        proc.resolve("limits"),
        "Max open files            unlimited            unlimited  files\n");

    assertEquals(List.of(), page().beginningWith("process_max_fds"));
  }

  @Test
  void leavesOutWhatCannotBeRead() {
    Page page = page();

    assertEquals("", page.family("process_resident_memory_bytes"));
    assertEquals("", page.family("process_threads"));
    assertEquals("", page.family("process_max_fds"));
    assertEquals("", page.family("process_open_fds"));
  }

  @Test
  void showsTimesAndTheHeapEverywhere() {
    String page = String.join("\n", page().lines());

    for (String pattern :
        List.of(
            "process_cpu_seconds_total [0-9.E-]+",
            "process_start_time_seconds 1\\.[0-9]+E9",
            "jvm_memory_used_bytes\\{area=\"heap\"} [0-9.E]+",
            "jvm_memory_committed_bytes\\{area=\"heap\"} [0-9.E]+",
            "jvm_memory_max_bytes\\{area=\"heap\"} [0-9.E]+")) {
      assertTrue(page.lines().anyMatch(line -> line.matches(pattern)), pattern);
    }
  }

  private Page page() {
    return Page.of(new GatewayMetrics("gateway", LiveState.NONE, InstantSource.system(), proc));
  }
}
