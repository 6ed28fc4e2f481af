package ollama.gateway.usage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A ledger's directory: its lock, and the journal that is read once and written from then on. One
 * thread at a time uses it.
 */
final class Storage {
  private final Path directory;
  private final Path file;
  private final Disk disk;
  private final LedgerListener listener;
  private @Nullable DirectoryLock lock;
  private @Nullable Journal journal;
  private boolean isUnsaved;

  /** Of what is known, this was written before somebody else could have the directory. */
  private @Nullable Journal lost;

  /** Whether it was told that the journal isn't in its place. */
  private boolean isToldMoved;

  Storage(Path directory, Disk disk, LedgerListener listener) {
    this.directory = directory;
    this.file = directory.resolve(Journal.FILE);
    this.disk = disk;
    this.listener = listener;
  }

  boolean isOpen() {
    return journal != null;
  }

  /** Whether the file that was read has to be written anew, though nothing may be recorded. */
  boolean isUnsaved() {
    return isUnsaved;
  }

  /** What is locked. */
  Path lockFile() {
    return directory.resolve(DirectoryLock.FILE);
  }

  /**
   * Locks the directory, and reads what it has.
   *
   * @param into books that nobody else knows; after a failure they hold anything
   * @throws DirectoryLock.HeldException if somebody else has it
   * @throws IOException if it can't be made, locked or read
   */
  void open(Books into, long nowSecond) throws IOException {
    DirectoryLock taken = DirectoryLock.take(directory, disk);
    boolean isDone = false;
    try {
      journal = read(into, nowSecond);
      lock = taken;
      isDone = true;
    } finally {
      if (!isDone) {
        taken.close();
      }
    }
  }

  /**
   * Looks whether its files are still those by whose names others know them. Without its lock it
   * isn't open any more; a journal that was moved is written anew by the next {@link #save}.
   *
   * @throws IOException if that can't be told
   */
  void look(long nowSecond) throws IOException {
    DirectoryLock held = lock;
    Journal open = journal;
    if (held == null || open == null) {
      return;
    }
    if (!held.isInPlace(disk)) {
      lost = open;
      journal = null;
      lock = null;
      close(held);
      listener.moved(lockFile());
    } else if (open.isInPlace()) {
      isToldMoved = false;
    } else {
      open.outdate();
      if (!isToldMoved) {
        isToldMoved = true;
        setAsideOther(open, nowSecond);
        listener.moved(file);
      }
    }
  }

  /** Whether there is something to be written though nothing was recorded. */
  boolean isMoved() {
    try {
      return journal != null && !journal.isInPlace();
    } catch (IOException _) {
      // Whoever tries to write it says why not.
      return true;
    }
  }

  /**
   * What had been written when the lock was lost, which is asked once. What was opened since is
   * written anew if anything had been.
   */
  @Nullable Journal takeLost() {
    Journal before = lost;
    lost = null;
    if (before != null && journal != null) {
      journal.outdate();
    }
    return before;
  }

  /**
   * Writes all that isn't written.
   *
   * @throws IOException if it can't be
   */
  void save(Books books) throws IOException {
    Journal open = journal;
    if (open == null) {
      throw new IOException(directory + " isn't open");
    }
    open.save(books);
    isUnsaved = false;
  }

  /** Lets others have it. */
  void close() {
    close(journal);
    close(lost);
    close(lock);
    journal = null;
    lost = null;
    lock = null;
  }

  private static void close(@Nullable Closeable open) {
    try (open) {
      // All that could be written was.
    } catch (IOException _) {
      // As above.
    }
  }

  /** Keeps what somebody has put into the journal's place, but a mere copy of it. */
  private void setAsideOther(Journal open, long nowSecond) {
    try {
      if (disk.attributes(file).size() != open.size()) {
        Optional<Path> _ = Aside.set(file, nowSecond);
      }
    } catch (IOException _) {
      // There is nothing.
    }
  }

  /** What went wrong, and where. */
  String reason(Throwable e) {
    if (e instanceof FileSystemException failed) {
      String where = failed.getFile() == null ? directory.toString() : failed.getFile();
      return where + ": " + reason(failed);
    }
    return file + ": " + (e.getMessage() == null ? e.toString() : e.getMessage());
  }

  private static String reason(FileSystemException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
  }

  private Journal read(Books into, long nowSecond) throws IOException {
    Journal made = new Journal(directory, disk);
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (NoSuchFileException _) {
      return made;
    }
    boolean isKept = false;
    try {
      JournalReader found = JournalReader.read(channel, into, nowSecond);
      boolean isWhole = isGood(found, nowSecond) && isCut(found, channel);
      if (isWhole) {
        made.goOn(channel, found.end(), found.snapshotEnd());
      }
      isKept = isWhole;
      isUnsaved = !isKept;
      return made;
    } finally {
      if (!isKept) {
        channel.close();
      }
    }
  }

  private boolean isGood(JournalReader found, long nowSecond) {
    String damage = found.damage();
    if (damage == null) {
      return true;
    }
    Optional<Path> aside = Aside.set(file, nowSecond);
    listener.broken(file, aside, damage, found.records());
    return false;
  }

  /** Whether the file ends where its last record does. */
  private boolean isCut(JournalReader found, FileChannel channel) {
    if (found.tornBytes() > 0) {
      listener.torn(file, found.tornBytes());
      try {
        disk.truncate(channel, found.end());
      } catch (IOException _) {
        return false;
      }
    }
    return found.end() > 0;
  }
}
