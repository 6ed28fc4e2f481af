package ollama.gateway.app.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where lines for programs go: standard output, or a file that doesn't grow without bound. To be
 * written by one thread, and set from any.
 */
final class AccessFile extends OutputStream {

  private static final System.Logger LOG = System.getLogger(AccessFile.class.getName());

  private static final Set<StandardOpenOption> OPTIONS =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  private static final FileAttribute<?> MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

  /**
   * A place.
   *
   * @param file empty for standard output
   * @param maxBytes of a file; 0 for no bound
   * @param number which call of {@link #set} it is of: each has the file opened anew
   */
  private record Target(Optional<Path> file, long maxBytes, int number) {}

  private final OutputStream standard;
  private volatile Target next;
  // Of the thread that writes.
  private @Nullable Target current;
  private @Nullable FileChannel channel;
  private long size;
  private boolean torn;

  AccessFile(OutputStream standard) {
    this.standard = standard;
    this.next = new Target(Optional.empty(), 0, 0);
  }

  /** From the next line on; a file is opened anew, though it has the same name. */
  synchronized void set(Optional<Path> file, long maxBytes) {
    next = new Target(file, maxBytes, next.number() + 1);
  }

  /** Says at once what is wrong with a file; before a line is written, and from any thread. */
  static void test(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
      // To open a pipe waits for who reads it.
      return;
    }
    try (FileChannel _ = FileChannel.open(file, OPTIONS, MODE)) {
      // It can be written.
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "accessLog.file can't be written, and its lines are dropped until it can be: " + e);
    }
  }

  @Override
  public void write(int single) throws IOException {
    write(new byte[] {(byte) single}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    Target wanted = next;
    if (wanted.file().isEmpty()) {
      closeFile();
      standard.write(bytes, from, count);
      return;
    }
    Path file = wanted.file().get();
    if (channel == null || !wanted.equals(current)) {
      closeFile();
      open(file);
      current = wanted;
    }
    if (wanted.maxBytes() > 0 && size > 0 && size + count > wanted.maxBytes()) {
      closeFile();
      putAside(file);
      open(file);
      current = wanted;
      // Where it couldn't be put aside, that is tried again after as much as before.
      size = 0;
    }
    append(bytes, from, count);
  }

  private static void putAside(Path file) {
    Path older = file.resolveSibling(file.getFileName() + ".1");
    try {
      Files.move(file, older, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "the access log is larger than accessLog.maxBytes and can't be renamed to "
              + older
              + ", so it grows: "
              + e);
    }
  }

  private void append(byte[] bytes, int from, int count) throws IOException {
    FileChannel opened = channel;
    if (opened == null) {
      throw new IOException("the file isn't open");
    }
    ByteBuffer left = ByteBuffer.wrap(bytes, from, count);
    try {
      if (torn) {
        size += opened.write(ByteBuffer.wrap(new byte[] {'\n'}));
        torn = false;
      }
      while (left.hasRemaining()) {
        size += opened.write(left);
      }
    } catch (IOException e) {
      // The next lines try again, maybe in another file, and not behind the half of one.
      torn = true;
      closeFile();
      throw e;
    }
  }

  private void open(Path file) throws IOException {
    FileChannel opened = FileChannel.open(file, OPTIONS, MODE);
    size = opened.size();
    channel = opened;
  }

  private void closeFile() throws IOException {
    FileChannel opened = channel;
    channel = null;
    if (opened != null) {
      opened.close();
    }
  }

  @Override
  public void flush() throws IOException {
    if (channel == null) {
      standard.flush();
    }
  }
}
