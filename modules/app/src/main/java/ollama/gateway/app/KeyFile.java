package ollama.gateway.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** A file that holds one key, for its owner alone. */
final class KeyFile {

  private static final long BYTES_MAX = 4096;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;

  KeyFile(Path file) {
    this.file = file;
  }

  /** Where it is, wherever one stands. */
  Path path() {
    return file.toAbsolutePath().normalize();
  }

  /**
   * The key; empty if there is no file, or nothing in it, as when a start was killed.
   *
   * @throws IOException when it can't be read, or isn't the file of a key
   */
  Optional<String> read() throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    // A pipe would be waited for.
    if (!Files.isRegularFile(file) || Files.size(file) > BYTES_MAX) {
      throw new IOException(
          file + " isn't a file with a key: remove it, or name another --key-file");
    }
    String key = Files.readString(file, StandardCharsets.UTF_8).strip();
    return key.isEmpty() ? Optional.empty() : Optional.of(key);
  }

  /**
   * Writes a key where there is none. Without a temporary file, which a kill would leave behind: so
   * short a text is written whole or not at all.
   *
   * @throws IOException when that isn't possible
   */
  void write(String key) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.setPosixFilePermissions(file, OWNER_ONLY);
    } else {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      int _ = channel.write(ByteBuffer.wrap((key + "\n").getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    }
  }
}
