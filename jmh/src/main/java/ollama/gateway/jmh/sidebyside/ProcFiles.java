package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Linux tells about a process. */
final class ProcFiles {

  /** The kernel counts CPU time in hundredths of a second (USER_HZ). */
  static final long MICROS_PER_TICK = 10_000;

  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;
  private static final double KIBIBYTES_PER_MEBIBYTE = 1024;

  private ProcFiles() {}

  static long cpuTicks(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    // The second field may hold spaces; it ends with the last parenthesis.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
  }

  static double residentMebibytes(long pid) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
    for (String line : lines) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D+", "")) / KIBIBYTES_PER_MEBIBYTE;
      }
    }
    return 0;
  }
}
