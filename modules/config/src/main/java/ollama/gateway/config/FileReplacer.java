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
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import ollama.gateway.config.ConfigWriter.Written;

/**
 * Gives a file new content so that whoever reads it, even after a crash, finds the old or the new
 * one; where the system doesn't allow that, writes the file itself.
 */
final class FileReplacer {
  private static final String UNIX = "unix";
  private static final int MODE_BITS = 07777;

  /**
   * Writes the new content, down to the disk.
   *
   * @param file what to change, behind links
   * @param before its content as it was read
   * @param after its new content, not shorter than before
   * @return how; empty if somebody has changed the file since it was read, and it is as they left
   *     it
   * @throws IOException if it can't be written; the message names file and user
   */
  Optional<Written> replace(Path file, byte[] before, byte[] after)
      throws IOException, ConfigException {
    Path target = file.toRealPath();
    // Asked first, because the folder may allow to replace a file that somebody made read-only.
    if (!Files.isWritable(target)) {
      throw failed(
          file,
          "permission denied, or it is mounted read-only: give that user write permission for the"
              + " file, or mount it without :ro");
    }
    Optional<Path> prepared = prepare(target, after);
    try {
      // As late as can be: an edit by hand may have come while the disk was busy.
      if (!Arrays.equals(ConfigFile.read(target), before)) {
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
    try {
      writeInPlace(target, before, after);
    } catch (IOException e) {
      throw failed(file, ConfigFile.reason(e));
    }
    return Optional.of(Written.IN_PLACE);
  }

  /**
   * A complete file beside the target, on the disk; empty if there can't be one like the target.
   */
  private Optional<Path> prepare(Path target, byte[] content) throws IOException {
    Path prepared;
    try {
      // Created for its owner alone, since it holds keys until it has the target's mode.
      prepared = Files.createTempFile(folder(target), "." + target.getFileName() + ".", ".tmp");
    } catch (IOException _) {
      return Optional.empty();
    }
    try {
      if (!takeOwnerAndMode(target, prepared)) {
        Files.delete(prepared);
        return Optional.empty();
      }
      try (FileChannel channel = FileChannel.open(prepared, StandardOpenOption.WRITE)) {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      return Optional.of(prepared);
    } catch (IOException e) {
      Files.deleteIfExists(prepared);
      throw failed(target, ConfigFile.reason(e));
    }
  }

  private static boolean takeOwnerAndMode(Path target, Path prepared) throws IOException {
    if (!target.getFileSystem().supportedFileAttributeViews().contains(UNIX)) {
      return true;
    }
    Map<String, Object> wanted = Files.readAttributes(target, "unix:uid,gid,mode");
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
    int mode = wanted.get("mode") instanceof Integer bits ? bits & MODE_BITS : 0600;
    Files.setAttribute(prepared, "unix:mode", mode);
    return true;
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
   * won't do: an interrupt would close it halfway.
   */
  private static void writeInPlace(Path target, byte[] before, byte[] after) throws IOException {
    int same = Math.max(Arrays.mismatch(before, after), 0);
    try (RandomAccessFile out = new RandomAccessFile(target.toFile(), "rw")) {
      try {
        overwrite(out, after, same);
      } catch (IOException e) {
        putBack(out, before, same, e);
        throw e;
      }
    }
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

  private static Path folder(Path target) {
    return Objects.requireNonNull(target.getParent(), "a real path of a file has a folder");
  }

  private static IOException failed(Path file, String reason) {
    return new IOException(
        "%s can't be written by user %s: %s; the key was not added"
            .formatted(file, ConfigFile.user(), reason));
  }
}
