package ollama.gateway.config;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.config.ConfigWriter.Written;

/**
 * Gives a file new content so that whoever reads it, even after a crash, finds the old or the new
 * one; where the system doesn't allow that, writes the file itself.
 */
final class FileReplacer {
  private static final String UNIX = "unix";
  private static final int MODE_BITS = 07777;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  /**
   * Writes the new content, down to the disk.
   *
   * @param locked what to change
   * @param before its content as it was read
   * @param after its new content, other than before
   * @return how; empty if somebody has changed the file since it was read, and it is as they left
   *     it
   * @throws IOException if it can't be written; the message is the reason
   */
  Optional<Written> replace(LockedFile locked, byte[] before, byte[] after) throws IOException {
    Path target = locked.file();
    Optional<Path> prepared = prepare(target, after);
    try {
      // As late as can be: an edit by hand may have come while the disk was busy.
      if (!locked.stillHas(before)) {
        return Optional.empty();
      }
      if (prepared.isPresent() && rename(prepared.get(), target)) {
        syncFolder(folder(target));
        return Optional.of(Written.REPLACED);
      }
    } finally {
      if (prepared.isPresent()) {
        Files.deleteIfExists(prepared.get());
      }
    }
    writeInPlace(target, before, after);
    return Optional.of(Written.IN_PLACE);
  }

  /**
   * A complete file beside the target, on the disk; empty if there can't be one like the target.
   */
  private Optional<Path> prepare(Path target, byte[] content) throws IOException {
    Path prepared;
    try {
      // For its owner alone until it is complete, since it holds keys and may be left behind.
      prepared =
          Files.createTempFile(
              folder(target), Leftovers.start(target), Leftovers.end(), ownerOnly(target));
    } catch (IOException _) {
      return Optional.empty();
    }
    try {
      if (!takeOwner(target, prepared)) {
        Files.delete(prepared);
        return Optional.empty();
      }
      try (FileChannel channel = FileChannel.open(prepared, StandardOpenOption.WRITE)) {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        takeMode(target, prepared);
        channel.force(true);
      }
      return Optional.of(prepared);
    } catch (IOException e) {
      Files.deleteIfExists(prepared);
      throw e;
    }
  }

  private static boolean hasModes(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains(UNIX);
  }

  private static FileAttribute<?>[] ownerOnly(Path target) {
    return hasModes(target)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
        : new FileAttribute<?>[0];
  }

  private static boolean takeOwner(Path target, Path prepared) throws IOException {
    if (!hasModes(target)) {
      return true;
    }
    Map<String, Object> wanted = Files.readAttributes(target, "unix:uid,gid");
    Map<String, Object> have = Files.readAttributes(prepared, "unix:uid,gid");
    try {
      for (String owner : new String[] {"gid", "uid"}) {
        if (!Objects.equals(wanted.get(owner), have.get(owner))) {
          Files.setAttribute(prepared, "unix:" + owner, wanted.get(owner));
        }
      }
    } catch (FileSystemException _) {
      // Only root may give a file away.
      return false;
    }
    return true;
  }

  private static void takeMode(Path target, Path prepared) throws IOException {
    if (hasModes(target) && Files.getAttribute(target, "unix:mode") instanceof Integer bits) {
      Files.setAttribute(prepared, "unix:mode", bits & MODE_BITS);
    }
  }

  /** Whether it worked. It doesn't for a file that is a mount of its own (EBUSY). */
  private static boolean rename(Path prepared, Path target) throws IOException {
    try {
      Files.move(prepared, target, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (FileSystemException _) {
      return false;
    }
  }

  /**
   * One write from the first byte that differs, so that no moment leaves an empty file and killing
   * the process hardly can leave a part. If the disk is full, the old bytes are put back. A channel
   * won't do: an interrupt would close it halfway. A shorter content is written with spaces up to
   * the old end, which JSON may have, and cut behind that: in between it can be read, too.
   */
  private static void writeInPlace(Path target, byte[] before, byte[] after) throws IOException {
    int same = Math.max(Arrays.mismatch(before, after), 0);
    try (RandomAccessFile out = new RandomAccessFile(target.toFile(), "rw")) {
      try {
        if (after.length < before.length) {
          overwrite(out, padded(after, before.length), same);
        }
        overwrite(out, after, same);
      } catch (IOException e) {
        putBack(out, before, same, e);
        throw e;
      }
    }
  }

  private static byte[] padded(byte[] content, int length) {
    byte[] padded = Arrays.copyOf(content, length);
    Arrays.fill(padded, content.length, length, (byte) ' ');
    return padded;
  }

  private static void putBack(RandomAccessFile out, byte[] before, int from, IOException cause)
      throws IOException {
    try {
      overwrite(out, before, from);
    } catch (IOException e) {
      cause.addSuppressed(e);
      throw new IOException(
          ConfigFile.reason(cause) + ", and the old content couldn't be put back: mend it by hand",
          cause);
    }
  }

  private static void overwrite(RandomAccessFile out, byte[] content, int from) throws IOException {
    out.seek(from);
    out.write(content, from, content.length - from);
    out.setLength(content.length);
    out.getFD().sync();
  }

  /** Makes the new name survive a power cut. The change is done already, so failing is no error. */
  private static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // A folder that may not be read, or a system without it.
    }
  }

  static Path folder(Path target) {
    return Objects.requireNonNull(target.getParent(), "a real path of a file has a folder");
  }
}
