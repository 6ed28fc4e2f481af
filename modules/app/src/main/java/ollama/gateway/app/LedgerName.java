package ollama.gateway.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.usage.Ledger;

/**
 * By which name other gateways know what a ledger has counted. It stays with what the ledger keeps:
 * after a restart under another name, everything would be counted twice.
 */
final class LedgerName {
  static final String FILE = "ledger-name";

  private static final System.Logger LOG = System.getLogger(LedgerName.class.getName());

  private static final int BYTES = 8;
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}");

  private LedgerName() {}

  /**
   * The name of a ledger: the one beside its file, which is made where there is none.
   *
   * @param config whether anything is shared; else no name is kept
   * @param folder where it keeps its file
   */
  static String of(SharedConfig config, Ledger ledger, Path folder) {
    if (!config.isOn() || !ledger.isPersistent()) {
      return random();
    }
    Path file = folder.resolve(FILE);
    try {
      return kept(file);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          file
              + " can't be used, so that what keys have used today and this month is counted once"
              + " more by the gateways that share it: "
              + e);
      return random();
    }
  }

  private static String kept(Path file) throws IOException {
    try {
      return read(file);
    } catch (NoSuchFileException e) {
      String made = random();
      Path unfinished = file.resolveSibling(FILE + ".new");
      Files.writeString(unfinished, made + "\n");
      Path _ = Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      return made;
    }
  }

  private static String read(Path file) throws IOException {
    String name = Files.readString(file, StandardCharsets.US_ASCII).strip();
    if (!NAME.matcher(name).matches()) {
      throw new IOException("expected 16 hexadecimal digits; remove the file");
    }
    return name;
  }

  /** No other gateway has it, and none had. */
  static String random() {
    byte[] name = new byte[BYTES];
    new SecureRandom().nextBytes(name);
    return HexFormat.of().formatHex(name);
  }
}
