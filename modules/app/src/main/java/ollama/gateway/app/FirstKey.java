package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The key that a gateway without any makes for itself, so that somebody can come in at all. It is
 * kept in a file for its owner, or shown to a person at a terminal; nowhere else, because whatever
 * else standard output goes to may keep it: a journal, a collector of logs. Without either none is
 * made, and the log says how.
 */
final class FirstKey {

  private final GatewayProcess gateway;
  private final Optional<KeyFile> keyFile;
  private final boolean terminal;

  /**
   * Prepares.
   *
   * @param keyFile where the key is kept, if at all
   * @param terminal whether what is printed is seen by a person, and by nobody else
   */
  FirstKey(GatewayProcess gateway, Optional<Path> keyFile, boolean terminal) {
    this.gateway = gateway;
    this.keyFile = keyFile.map(KeyFile::new);
    this.terminal = terminal;
  }

  /**
   * Makes the first key if there is none and there is somebody to give it to.
   *
   * @return the file with a key that is let in, if there is one
   * @throws IOException when none can be made
   */
  Optional<Path> ensure(PrintStream out) throws IOException {
    if (!gateway.config().apiKeys().isEmpty()) {
      return known();
    }
    if (keyFile.isPresent()) {
      return Optional.of(keep(keyFile.get(), out));
    }
    if (terminal) {
      String key = gateway.mint();
      admit(key);
      out.println("This gateway had no API key, so it made one, which may administer it. The");
      out.println("settings hold its digest only, so it is shown this once:");
      out.println();
      out.println("  " + key);
      out.println();
    }
    return Optional.empty();
  }

  private Path keep(KeyFile file, PrintStream out) throws IOException {
    Optional<String> kept = file.read();
    String key = kept.isPresent() ? kept.get() : gateway.mint();
    if (kept.isEmpty()) {
      file.write(key);
    }
    admit(key);
    out.println(
        kept.isPresent()
            ? "This gateway had no API key, so it lets in the one in " + file.path() + ","
            : "This gateway had no API key, so it made one, in " + file.path() + " (mode 600),");
    out.println("which may administer it; the settings hold its digest.");
    out.println();
    return file.path();
  }

  private void admit(String key) throws IOException {
    try {
      gateway.addAdmin("first", key);
    } catch (IllegalArgumentException e) {
      throw new IOException("the key in the key file can't be used: " + e.getMessage(), e);
    }
  }

  /** The kept key, as long as it is let in; only examples need it, so nothing fails without. */
  private Optional<Path> known() {
    try {
      boolean known =
          keyFile.isPresent() && keyFile.get().read().filter(gateway::accepts).isPresent();
      return known ? keyFile.map(KeyFile::path) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
