package ollama.gateway.usage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** What a ledger asks of the file system; tests let it fail. */
class Disk {
  private static final String POSIX = "posix";

  /** Opens a file to read and write; makes it, for its owner alone, if it isn't there. */
  FileChannel open(Path file) throws IOException {
    try {
      return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (NoSuchFileException _) {
      Set<OpenOption> how =
          Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      return FileChannel.open(
          file,
          how,
          ownerOnly(file, PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
    }
  }

  /** What is there by this name; its key tells it from another file while either is open. */
  BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class);
  }

  /** Makes a directory, for its owner alone, and what is missing above it. */
  void makeDirectory(Path directory) throws IOException {
    Files.createDirectories(
        directory,
        ownerOnly(
            directory,
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE));
  }

  /** Writes some of it; returns how much. */
  int write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
    return channel.write(bytes, position);
  }

  /** Returns when all is on the disk. */
  void force(FileChannel channel) throws IOException {
    channel.force(false);
  }

  void truncate(FileChannel channel, long size) throws IOException {
    FileChannel _ = channel.truncate(size);
  }

  /** Gives a file another name, in place of the one that had it. */
  void rename(Path from, Path to) throws IOException {
    Path _ = Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Makes names survive a power loss. Some systems can't, and what was renamed is renamed, so a
   * failure is no error.
   */
  void forceDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // See above.
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path path, PosixFilePermission... permissions) {
    if (!path.getFileSystem().supportedFileAttributeViews().contains(POSIX)) {
      return new FileAttribute<?>[0];
    }
    EnumSet<PosixFilePermission> all = EnumSet.noneOf(PosixFilePermission.class);
    for (PosixFilePermission permission : permissions) {
      all.add(permission);
    }
    return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(all)};
  }
}
