package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

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
    return status(Path.of("/proc/" + pid), "VmRSS:") / KIBIBYTES_PER_MEBIBYTE;
  }

  /** How often threads that are there had nothing to do and waited. */
  static long waits(long pid) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks) {
        sum += status(task, "voluntary_ctxt_switches:");
      }
    }
    return sum;
  }

  private static long status(Path of, String name) throws IOException {
    for (String line : Files.readAllLines(of.resolve("status"))) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.replaceAll("\\D+", ""));
      }
    }
    return 0;
  }
}
