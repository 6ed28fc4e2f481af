package ollama.gateway.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import ollama.gateway.config.LimitsConfig;
import ollama.gateway.http.loop.DescriptorBudget;

/**
 * The file descriptors of this process, as {@code /proc} tells them. Connections get what is left
 * when those that are open already, one for the check of each server, and a reserve are taken away.
 * Each needs two, one of {@code limits.reservedConnections} only its own.
 *
 * @param max how many may be open; what HotSpot raised it to at its start
 * @param open how many are
 */
record Descriptors(long max, long open) {

  /** For files, look-ups and scrapes, so that open connections work when no more are accepted. */
  static final int RESERVE = 32;

  /** A gateway that is started with less than it needs at least serves these few anyway. */
  private static final long CONNECTIONS_MIN = 2;

  /** With fewer, a handful of clients that keep connections open are the end of it. */
  private static final long CONNECTIONS_SENSIBLE = 1_000;

  private static final int PER_CONNECTION = 2;
  private static final String MAX = "Max open files";

  /** Reads them; unbounded where {@code /proc} doesn't tell. */
  static Descriptors ofThisProcess() {
    return of(Path.of("/proc/self"));
  }

  static Descriptors of(Path proc) {
    try (Stream<String> limits = Files.lines(proc.resolve("limits"));
        Stream<Path> open = Files.list(proc.resolve("fd"))) {
      long max =
          limits
              .filter(line -> line.startsWith(MAX))
              .map(line -> line.substring(MAX.length()).strip().split("\\s+", 2)[0])
              .filter(number -> number.matches("\\d{1,18}"))
              .mapToLong(Long::parseLong)
              .findFirst()
              .orElse(Long.MAX_VALUE);
      return new Descriptors(max, open.count());
    } catch (IOException e) {
      return new Descriptors(Long.MAX_VALUE, 0);
    }
  }

  /**
   * What connections may take.
   *
   * @param reserved {@code limits.reservedConnections}
   */
  DescriptorBudget budget(int servers, int reserved) {
    return max == Long.MAX_VALUE
        ? DescriptorBudget.unbounded()
        : new DescriptorBudget(connections(servers, reserved) * PER_CONNECTION + reserved);
  }

  /** How many connections can be open at once, the reserved ones aside. */
  long connections(int servers, int reserved) {
    return Math.max(CONNECTIONS_MIN, (max - others(servers, reserved)) / PER_CONNECTION);
  }

  /**
   * What to tell an operator: that fewer connections can be open than were asked for by name, or
   * than any gateway should have. Where the default just can't be reached, nothing is said;
   * accepting pauses when it comes to that, and a warning then says so.
   *
   * @param wanted {@code limits.connections}; 0 is no limit
   */
  Optional<String> warning(int wanted, int servers, int reserved) {
    long possible = connections(servers, reserved);
    boolean fits = max == Long.MAX_VALUE || (wanted != 0 && wanted <= possible);
    boolean asked = wanted != 0 && wanted != LimitsConfig.defaults().connections();
    if (fits || !(asked || possible < CONNECTIONS_SENSIBLE)) {
      return Optional.empty();
    }
    return Optional.of(
        "only "
            + possible
            + " connections at once: this process may open "
            + max
            + " files (ulimit -n, LimitNOFILE=)");
  }

  private long others(int servers, int reserved) {
    return open + servers + RESERVE + reserved;
  }
}
