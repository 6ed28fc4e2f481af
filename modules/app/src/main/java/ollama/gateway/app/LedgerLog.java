package ollama.gateway.app;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Optional;
import ollama.gateway.usage.LedgerListener;

/** Tells the log what becomes of the file in which is kept what keys use. */
final class LedgerLog implements LedgerListener {

  private static final System.Logger LOG = System.getLogger(LedgerLog.class.getName());

  @Override
  public void broken(Path file, Optional<Path> setAside, String reason, long recordsKept) {
    warn(
        file
            + " is damaged: "
            + reason
            + "; the "
            + recordsKept
            + " records that are whole are kept, and what is used counts on from there"
            + setAside.map(path -> "; it was set aside as " + path).orElse(""));
  }

  @Override
  public void torn(Path file, long bytes) {
    LOG.log(
        System.Logger.Level.INFO,
        file + " ended amid a record, as after a crash: its last " + bytes + " bytes were cut off");
  }

  @Override
  public void unwritable(String reason) {
    warn(
        "what keys use is kept in memory only and lost with the process: "
            + reason
            + "; give the gateway a folder that it can write, by stateDirectory, or mend that one:"
            + " it is tried again every second");
  }

  @Override
  public void moved(Path file) {
    warn(
        file
            + " was moved, removed or replaced while the gateway ran: all that is known of what"
            + " keys use is written anew, so nothing of it is lost; stop the gateway first to begin"
            + " with another file");
  }

  @Override
  public void writableAgain() {
    LOG.log(System.Logger.Level.INFO, "what keys use is written again, and nothing of it is lost");
  }

  @Override
  public void lockedByAnother(Path lockFile) {
    warn(
        "another process has locked "
            + lockFile
            + ": what keys use is kept in memory only until that one ends; give each gateway a"
            + " stateDirectory of its own");
  }

  @Override
  public void rowsDropped(int maxRows, LocalDate oldestDay) {
    warn(
        "more was used by more keys than usage.maxRows ("
            + maxRows
            + ") can tell: what is older than "
            + oldestDay
            + " was dropped; quotas count on");
  }

  private static void warn(String message) {
    LOG.log(System.Logger.Level.WARNING, message);
  }
}
