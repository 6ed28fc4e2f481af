package ollama.gateway.usage;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Optional;

/**
 * Hears what becomes of a ledger's file. What is found while a ledger is opened is told within
 * {@link Ledger#open}, anything else on the ledger's own thread, once per change; what it throws is
 * dropped.
 */
public interface LedgerListener {

  /**
   * The file was damaged, and not at its end alone. What is whole of it was read and is going to be
   * written anew.
   *
   * @param file the journal
   * @param setAside where its content is kept; empty if the system didn't allow that
   * @param reason where and what was found, what was expected
   * @param recordsKept how many of its records were whole
   */
  void broken(Path file, Optional<Path> setAside, String reason, long recordsKept);

  /**
   * Its last record was a part of one, as a crash leaves it; it is cut off.
   *
   * @param file the journal
   * @param bytes how much
   */
  void torn(Path file, long bytes);

  /**
   * Nothing can be written. All is kept in memory, and tried again every second while there is
   * something to write.
   *
   * @param reason which file or directory, and why
   */
  void unwritable(String reason);

  /**
   * The journal or its lock isn't the file any more that was opened: it was moved, removed or
   * replaced. All that is known is going to be written anew; if that can't be, it is told like
   * anything that can't. Told again only when the file was in its place meanwhile.
   *
   * @param file the journal or what was locked
   */
  void moved(Path file);

  /** All is written again, also what came meanwhile. */
  void writableAgain();

  /**
   * Another process, or another ledger of this one, writes there. All is kept in memory; when the
   * other one has ended, this one goes on with its file, and adds what only it knows.
   *
   * @param lockFile what it has locked
   */
  void lockedByAnother(Path lockFile);

  /**
   * There were too many rows. Told once.
   *
   * @param maxRows how many there may be
   * @param oldestDay the oldest day that still has rows; that is today if what was used today
   *     doesn't fit
   */
  void rowsDropped(int maxRows, LocalDate oldestDay);
}
