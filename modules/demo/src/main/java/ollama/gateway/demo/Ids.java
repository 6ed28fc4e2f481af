package ollama.gateway.demo;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Identifiers in the style of each API; they need only look the part. */
final class Ids {

  private static final int NUMBERS = 1_000_000;

  private Ids() {}

  /** A prefix and a number of at most six digits. */
  static String number(String prefix) {
    return prefix + ThreadLocalRandom.current().nextInt(NUMBERS);
  }

  /** A prefix and 24 hexadecimal digits. */
  static String hex(String prefix) {
    byte[] bytes = new byte[12];
    ThreadLocalRandom.current().nextBytes(bytes);
    return prefix + HexFormat.of().formatHex(bytes);
  }
}
