package ollama.gateway.usage;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A listener that remembers what it was told, in words. */
final class Said implements LedgerListener {
  private static final long PATIENCE_SECONDS = 30;

  private final LinkedBlockingQueue<String> words = new LinkedBlockingQueue<>();

  /** What was said next, which is waited for. */
  String next() throws InterruptedException {
    String said = words.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertNotNull(said, "nothing was said");
    return said;
  }

  /** All that was said and not asked for yet. */
  String all() {
    StringBuilder all = new StringBuilder();
    for (String said = words.poll(); said != null; said = words.poll()) {
      all.append(said).append('\n');
    }
    return all.toString();
  }

  @Override
  public void broken(Path file, Optional<Path> setAside, String reason, long recordsKept) {
    String aside = setAside.map(path -> path.getFileName().toString()).orElse("nowhere");
    words.add("broken: " + reason + "; " + recordsKept + " kept, set aside as " + aside);
  }

  @Override
  public void torn(Path file, long bytes) {
    words.add("torn: " + bytes);
  }

  @Override
  public void unwritable(String reason) {
    words.add("unwritable: " + reason);
  }

  @Override
  public void moved(Path file) {
    words.add("moved: " + file.getFileName());
  }

  @Override
  public void writableAgain() {
    words.add("writable again");
  }

  @Override
  public void lockedByAnother(Path lockFile) {
    words.add("locked by another: " + lockFile.getFileName());
  }

  @Override
  public void rowsDropped(int maxRows, LocalDate oldestDay) {
    words.add("rows dropped: " + maxRows + ", from " + oldestDay);
  }
}
