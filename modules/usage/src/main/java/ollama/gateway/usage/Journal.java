package ollama.gateway.usage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file that is appended to, and replaced by a snapshot when it has grown. One thread at a time
 * uses it.
 */
final class Journal implements Closeable {

  static final String FILE = "usage.journal";

  /** How many records are encoded under one lock, for which threads of event loops wait. */
  static final int RECORDS_AT_ONCE = 64;

  /** A file up to this size isn't worth being replaced. */
  static final long COMPACTED_FROM = 1 << 20;

  /** Else it is replaced when it has grown by this factor. */
  static final int GROWTH = 4;

  private final Path file;
  private final Disk disk;
  private final Snapshot snapshot;

  /** Made by the first write: what the checksum is computed with takes a moment to be loaded. */
  private @Nullable RecordEncoder encoder;

  // What a write that fails has taken.
  private final List<Row> rows = new ArrayList<>();
  private final List<KeyUsage> keys = new ArrayList<>();

  // How many it is still to take.
  private int rowsLeft;
  private int keysLeft;

  /** Absent if the file can't be appended to, so that only a new one will do. */
  private @Nullable FileChannel channel;

  /** Of the file that is appended to; absent where the system has no such thing. */
  private @Nullable Object key;

  /** Up to there, all is on the disk. */
  private long size;

  /** The size from which on it is to be replaced. */
  private long compactedFrom;

  /** The size beyond which it doesn't grow. */
  private long sizeMax;

  Journal(Path directory, Disk disk) {
    this.file = directory.resolve(FILE);
    this.disk = disk;
    this.snapshot = new Snapshot(directory, disk);
  }

  /**
   * Goes on with a file that was read.
   *
   * @throws IOException if it is there no more
   */
  void goOn(FileChannel with, long end, long snapshotEnd) throws IOException {
    key = disk.attributes(file).fileKey();
    channel = with;
    size = end;
    bound(snapshotEnd);
  }

  /**
   * Writes all that isn't written.
   *
   * @throws IOException if it can't be; then all of it is still to be written
   */
  void save(Books books) throws IOException {
    FileChannel open = channel;
    if (open == null || size > sizeMax) {
      open = replace(books);
    }
    append(open, books);
    if (size > compactedFrom) {
      try {
        FileChannel _ = replace(books);
      } catch (IOException _) {
        // All is written, and the next try is made before it is too large.
        compactedFrom += Math.max(size / GROWTH, 1);
      }
    }
  }

  /**
   * Whether the file by this name is the one that is appended to, and as it was left.
   *
   * @throws IOException if that can't be told
   */
  boolean isInPlace() throws IOException {
    if (channel == null) {
      return true;
    }
    try {
      BasicFileAttributes found = disk.attributes(file);
      return Objects.equals(key, found.fileKey()) && found.size() == size;
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  /** How long the file is that is appended to. */
  long size() {
    return size;
  }

  /** The next {@link #save} writes all there is into a new file. */
  void outdate() {
    sizeMax = -1;
  }

  /**
   * Reads again what was written, without what others have added to the file since.
   *
   * @param into books that nobody else knows; if it can't be read, they hold anything
   * @return whether all of it was there
   */
  boolean readAgain(Books into, long nowSecond) {
    FileChannel open = channel;
    if (open == null) {
      return false;
    }
    try {
      JournalReader found = JournalReader.read(open.position(0), size, into, nowSecond);
      return found.damage() == null && found.end() == size;
    } catch (IOException _) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }

  private FileChannel replace(Books books) throws IOException {
    FileChannel fresh = snapshot.write(books, encoder());
    try {
      close();
    } catch (IOException _) {
      // Nothing of it is needed any more.
    }
    channel = fresh;
    size = fresh.size();
    bound(size);
    key = disk.attributes(file).fileKey();
    return fresh;
  }

  private RecordEncoder encoder() {
    RecordEncoder made = encoder == null ? new RecordEncoder() : encoder;
    encoder = made;
    return made;
  }

  private void bound(long snapshotSize) {
    compactedFrom = Math.max(COMPACTED_FROM, GROWTH * snapshotSize);
    sizeMax = 2 * compactedFrom;
  }

  private void append(FileChannel to, Books books) throws IOException {
    RecordEncoder into = encoder();
    long end = size;
    boolean isDone = false;
    try {
      // Only what there is now: what comes meanwhile has its turn, or this would never end.
      rowsLeft = count(books, true);
      keysLeft = count(books, false);
      while (rowsLeft + keysLeft > 0) {
        into.clear();
        while (rowsLeft + keysLeft > 0 && into.hasRoom()) {
          encodeSome(books, into);
        }
        end = write(to, into.flip(), end);
      }
      if (end > size) {
        force(to);
        size = end;
      }
      isDone = true;
    } finally {
      if (!isDone) {
        giveBack(books);
        rollBack(to);
      }
      rows.clear();
      keys.clear();
    }
  }

  private static int count(Books books, boolean isOfRows) {
    books.lock.lock();
    try {
      return isOfRows ? books.unwritten.rows() : books.unwritten.keys();
    } finally {
      books.lock.unlock();
    }
  }

  private void encodeSome(Books books, RecordEncoder into) {
    books.lock.lock();
    try {
      for (int i = 0; i < RECORDS_AT_ONCE && rowsLeft + keysLeft > 0; i++) {
        if (rowsLeft > 0) {
          rowsLeft--;
          encode(books.unwritten.takeRow(), into);
        } else {
          keysLeft--;
          encode(books.unwritten.takeKey(), books.time, into);
        }
      }
    } finally {
      books.lock.unlock();
    }
  }

  private void encode(@Nullable Row row, RecordEncoder into) {
    if (row != null) {
      rows.add(row);
      if (!row.day.isDropped) {
        into.row(row);
      }
    }
  }

  private void encode(@Nullable KeyUsage key, UtcTime time, RecordEncoder into) {
    if (key != null) {
      keys.add(key);
      into.changedKey(key, time);
    }
  }

  private long write(FileChannel to, ByteBuffer bytes, long at) throws IOException {
    long end = at;
    while (bytes.hasRemaining()) {
      end += disk.write(to, bytes, end);
    }
    return end;
  }

  /** After a failure nobody knows what is on the disk, and the next call may hide that. */
  private void force(FileChannel to) throws IOException {
    try {
      disk.force(to);
    } catch (IOException e) {
      abandon();
      throw e;
    }
  }

  private void giveBack(Books books) {
    books.lock.lock();
    try {
      for (int i = 0; i < rows.size(); i++) {
        books.unwritten.add(rows.get(i));
      }
      for (int i = 0; i < keys.size(); i++) {
        KeyUsage key = keys.get(i);
        if (key.minute != null) {
          key.minute.wroteNothing();
        }
        books.unwritten.add(key);
      }
    } finally {
      books.lock.unlock();
    }
  }

  /** Takes a part of a record away again; where that fails, only a new file will do. */
  private void rollBack(FileChannel to) {
    if (channel == null) {
      return;
    }
    try {
      disk.truncate(to, size);
    } catch (IOException _) {
      abandon();
    }
  }

  /** Has nothing more to do with the file. */
  void abandon() {
    try {
      close();
    } catch (IOException _) {
      // It isn't used any more.
    }
  }
}
