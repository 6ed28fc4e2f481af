package ollama.gateway.jmh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;
import ollama.gateway.usage.LedgerListener;
import ollama.gateway.usage.QuotaDecision;
import ollama.gateway.usage.Reservation;
import ollama.gateway.usage.TokenCounts;
import ollama.gateway.usage.TokenQuota;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** What a request costs that is counted, with a ledger that writes meanwhile. */
public class UsageBenchmark extends MicroBenchmark {

  private static final int KEYS = 1000;
  private static final int MODELS = 4;
  private static final long SPREAD = 0x9E3779B97F4A7C15L;
  private static final TokenQuota QUOTA =
      new TokenQuota(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
  private static final TokenCounts COUNTS = new TokenCounts(500, 100, 200);

  /** How many rows there are before. */
  @Param({"0", "100000"})
  public int rows;

  private final String[] keys = new String[KEYS];
  private final String[] models = new String[MODELS];
  private Path directory;
  private Ledger ledger;
  private int turn;

  /** A ledger with a file, and a history that was read from it. */
  @Setup(Level.Trial)
  public void setUp() throws IOException {
    directory = Files.createTempDirectory("usage");
    for (int i = 0; i < KEYS; i++) {
      long part = (i + 1) * SPREAD;
      keys[i] = String.format(Locale.ROOT, "%016x%016x%016x%016x", part, part, part, part);
    }
    for (int i = 0; i < MODELS; i++) {
      models[i] = "model-" + i + ":8b";
    }
    try (Ledger before = open(directory)) {
      for (int i = 0; i < rows; i++) {
        before.record(keys[i % KEYS], "model-" + i / KEYS, COUNTS, false);
      }
    }
    ledger = open(directory);
  }

  /** The directory goes. */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    ledger.close();
    try (Stream<Path> files = Files.list(directory)) {
      files.forEach(UsageBenchmark::delete);
    }
    delete(directory);
  }

  /** An answer that ended. */
  @Benchmark
  public void record() {
    turn = turn + 1 == KEYS ? 0 : turn + 1;
    ledger.record(keys[turn], models[turn & MODELS - 1], COUNTS, false);
  }

  /** A request that comes and goes. */
  @Benchmark
  public QuotaDecision reserveAndSettle() {
    turn = turn + 1 == KEYS ? 0 : turn + 1;
    Reservation reservation = ledger.reserve(keys[turn], QUOTA, 700);
    reservation.settle();
    return reservation.decision();
  }

  /** A start, with as many rows. */
  @Benchmark
  public boolean read() throws IOException {
    return Ledger.read(directory).isEmpty();
  }

  private static Ledger open(Path directory) {
    return Ledger.open(directory, Bounds.DEFAULT, InstantSource.system(), new Silent());
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Silent implements LedgerListener {
    @Override
    public void broken(Path file, Optional<Path> setAside, String reason, long recordsKept) {}

    @Override
    public void torn(Path file, long bytes) {}

    @Override
    public void unwritable(String reason) {}

    @Override
    public void moved(Path file) {}

    @Override
    public void writableAgain() {}

    @Override
    public void lockedByAnother(Path lockFile) {}

    @Override
    public void rowsDropped(int maxRows, LocalDate oldestDay) {}
  }
}
