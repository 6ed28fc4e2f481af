package ollama.gateway.usage;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the tests share. */
final class Fixtures {
  static final String ALICE = key(0xA11CE);
  static final String BOB = key(0xB0B);
  static final String MODEL = "llama3.2:3b";
  static final TokenQuota NO_QUOTA = TokenQuota.NONE;

  /** So long the tests' ledgers wait before they write. */
  static final long SOON_MILLIS = 2;

  private Fixtures() {}

  /** The name of a key. */
  static String key(long number) {
    String digits = Long.toHexString(number);
    return "0".repeat(KeyIds.CHARS - digits.length()) + digits;
  }

  static long millis(String time) {
    return Instant.parse(time).toEpochMilli();
  }

  /** Counts so many tokens, some of each kind. */
  static TokenCounts tokens(long total) {
    return new TokenCounts(total - total / 3, total / 4, total / 3);
  }

  static List<UsageRow> rows(Ledger ledger) {
    return ledger.rows(Optional.empty(), Optional.empty());
  }

  /** Sums up all there are. */
  static long total(List<UsageRow> rows) {
    return rows.stream().mapToLong(row -> row.counts().total()).sum();
  }

  static long usedToday(Ledger ledger, String key) {
    return ledger.quotas(key, NO_QUOTA).day().used();
  }

  static long usedInMinute(Ledger ledger, String key) {
    return ledger.quotas(key, NO_QUOTA).minute().used();
  }

  /** Waits until all that was recorded is on the disk. */
  static void awaitWritten(Ledger ledger) throws InterruptedException {
    while (ledger.unwrittenMillis() > 0) {
      Thread.sleep(1);
    }
  }

  static Path journal(Path directory) {
    return directory.resolve("usage.journal");
  }
}
