package ollama.gateway.usage;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Optional;

/** Passes on what is said, and drops what that throws: a ledger goes on whatever becomes of it. */
final class QuietListener implements LedgerListener {
  private final LedgerListener listener;

  QuietListener(LedgerListener listener) {
    this.listener = listener;
  }

  @Override
  public void broken(Path file, Optional<Path> setAside, String reason, long recordsKept) {
    try {
      listener.broken(file, setAside, reason, recordsKept);
    } catch (RuntimeException _) {
      // Whose mistake it is wouldn't hear of it either.
    }
  }

  @Override
  public void torn(Path file, long bytes) {
    try {
      listener.torn(file, bytes);
    } catch (RuntimeException _) {
      // As above.
    }
  }

  @Override
  public void unwritable(String reason) {
    try {
      listener.unwritable(reason);
    } catch (RuntimeException _) {
      // As above.
    }
  }

  @Override
  public void moved(Path file) {
    try {
      listener.moved(file);
    } catch (RuntimeException _) {
      // As above.
    }
  }

  @Override
  public void writableAgain() {
    try {
      listener.writableAgain();
    } catch (RuntimeException _) {
      // As above.
    }
  }

  @Override
  public void lockedByAnother(Path lockFile) {
    try {
      listener.lockedByAnother(lockFile);
    } catch (RuntimeException _) {
      // As above.
    }
  }

  @Override
  public void rowsDropped(int maxRows, LocalDate oldestDay) {
    try {
      listener.rowsDropped(maxRows, oldestDay);
    } catch (RuntimeException _) {
      // As above.
    }
  }
}
