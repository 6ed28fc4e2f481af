package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** The key that a gateway without any makes for itself, so that somebody can come in at all. */
final class FirstKey {

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final GatewayProcess gateway;
  private final Optional<Path> keyFile;

  /**
   * Prepares.
   *
   * @param keyFile where the key is kept, if at all
   */
  FirstKey(GatewayProcess gateway, Optional<Path> keyFile) {
    this.gateway = gateway;
    this.keyFile = keyFile;
  }

  /**
   * Makes the first key if there is none, and prints it once.
   *
   * @return a key that is let in, if one is known
   * @throws IOException when there is none and none can be made
   */
  Optional<String> ensure(PrintStream out) throws IOException {
    if (!gateway.config().apiKeys().isEmpty()) {
      return knownKey();
    }
    Optional<String> kept = kept();
    String key = kept.isPresent() ? kept.get() : gateway.mint();
    if (kept.isEmpty() && keyFile.isPresent()) {
      keep(keyFile.get(), key);
    }
    try {
      gateway.addAdmin("first", key);
    } catch (IllegalArgumentException e) {
      throw new IOException("the key in the key file can't be used: " + e.getMessage(), e);
    }
    out.println("This gateway had no API key, so it made one; only its digest is stored. The key:");
    out.println();
    out.println("  " + key);
    out.println();
    return Optional.of(key);
  }

  /** The kept key, as long as it is let in; only examples need it, so nothing fails without. */
  private Optional<String> knownKey() {
    try {
      return kept().filter(gateway::accepts);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Optional<String> kept() throws IOException {
    if (keyFile.isEmpty() || !Files.exists(keyFile.get(), LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    String key = Files.readString(keyFile.get(), StandardCharsets.UTF_8).strip();
    return key.isEmpty() ? Optional.empty() : Optional.of(key);
  }

  private static void keep(Path file, String key) throws IOException {
    Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
    Path temporary =
        Files.createTempFile(folder, ".key", "", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    Files.writeString(temporary, key + "\n", StandardCharsets.UTF_8);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
