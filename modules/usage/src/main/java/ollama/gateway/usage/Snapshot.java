package ollama.gateway.usage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes all there is into a new file, which takes the place of the one before. */
final class Snapshot {
  static final String FRESH = "usage.journal.new";

  private final Path file;
  private final Path directory;
  private final Path fresh;
  private final Disk disk;

  Snapshot(Path directory, Disk disk) {
    this.file = directory.resolve(Journal.FILE);
    this.directory = directory;
    this.fresh = directory.resolve(FRESH);
    this.disk = disk;
  }

  /**
   * Writes it. What changes meanwhile is there as it was or as it is, and is still to be written.
   *
   * @return the file, to be appended to
   * @throws IOException if that fails; then the file before is as it was
   */
  FileChannel write(Books books, RecordEncoder encoder) throws IOException {
    FileChannel channel = disk.open(fresh);
    boolean isDone = false;
    try {
      disk.truncate(channel, 0);
      write(books, encoder, channel);
      disk.force(channel);
      disk.rename(fresh, file);
      isDone = true;
    } finally {
      if (!isDone) {
        drop(channel);
      }
    }
    disk.forceDirectory(directory);
    return channel;
  }

  private void drop(FileChannel channel) {
    try (channel) {
      boolean _ = Files.deleteIfExists(fresh);
    } catch (IOException _) {
      // It is emptied when the next one is written.
    }
  }

  private void write(Books books, RecordEncoder encoder, FileChannel to) throws IOException {
    encoder.clear();
    encoder.header();
    long end = 0;
    KeyUsage[] keys = keys(books);
    int i = 0;
    while (i < keys.length) {
      i = encodeKeys(books, keys, i, encoder);
      end = writeIfFull(to, encoder, end);
    }
    List<Day> days = days(books);
    for (int d = 0; d < days.size(); d++) {
      Day day = days.get(d);
      i = 0;
      while (i < size(books, day)) {
        i = encodeRows(books, day, i, encoder);
        end = writeIfFull(to, encoder, end);
      }
    }
    encoder.snapshotEnd();
    write(to, encoder, end);
  }

  private static KeyUsage[] keys(Books books) {
    books.lock.lock();
    try {
      return books.copyOfKeys();
    } finally {
      books.lock.unlock();
    }
  }

  private static List<Day> days(Books books) {
    books.lock.lock();
    try {
      return books.days.copy();
    } finally {
      books.lock.unlock();
    }
  }

  /** How many rows a day has; none if it was dropped meanwhile. */
  private static int size(Books books, Day day) {
    books.lock.lock();
    try {
      return day.isDropped ? 0 : day.size();
    } finally {
      books.lock.unlock();
    }
  }

  private static int encodeKeys(Books books, KeyUsage[] keys, int from, RecordEncoder encoder) {
    int end = Math.min(keys.length, from + Journal.RECORDS_AT_ONCE);
    books.lock.lock();
    try {
      for (int i = from; i < end; i++) {
        // What is stale says nothing to anybody who reads it later.
        if (!keys[i].isOver(books.time)) {
          encoder.wholeKey(keys[i], books.time);
        }
      }
    } finally {
      books.lock.unlock();
    }
    return end;
  }

  private static int encodeRows(Books books, Day day, int from, RecordEncoder encoder) {
    books.lock.lock();
    try {
      int end = Math.min(day.size(), from + Journal.RECORDS_AT_ONCE);
      for (int i = from; i < end; i++) {
        encoder.row(day.row(i));
      }
      return end;
    } finally {
      books.lock.unlock();
    }
  }

  private long writeIfFull(FileChannel to, RecordEncoder encoder, long at) throws IOException {
    return encoder.hasRoom() ? at : write(to, encoder, at);
  }

  private long write(FileChannel to, RecordEncoder encoder, long at) throws IOException {
    long end = at;
    ByteBuffer bytes = encoder.flip();
    while (bytes.hasRemaining()) {
      end += disk.write(to, bytes, end);
    }
    encoder.clear();
    return end;
  }
}
