package ollama.gateway.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A key that is accepted, known only by its digest. In the file an entry is either the key itself,
 * a text, which gets the name {@code key-N} by its position from 1 and isn't admin; or an object
 * such as {@code {"name": "first", "sha256": "…", "admin": true}}.
 *
 * @param name whom the key stands for in logs, 1 to 64 printable ASCII characters, no space at
 *     either end, each name once; such as {@code laptop}; required
 * @param sha256 the SHA-256 digest of the key's UTF-8 bytes without trailing {@code =}, as 64
 *     hexadecimal digits, kept in lower case, such as {@code
 *     0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}; required
 * @param admin whether the key may reload the settings and mint keys; default false
 * @param priority the class of its requests: {@code interactive} go before {@code normal} ones
 *     where they wait for a server, and these before {@code batch}; a request may lower its own by
 *     the header {@code X-Gateway-Priority}; default {@code normal}
 */
public record ApiKey(String name, String sha256, boolean admin, String priority) {

  /** See {@link #priority}. */
  public static final String INTERACTIVE = "interactive";

  /** See {@link #priority}. */
  public static final String NORMAL = "normal";

  /** See {@link #priority}. */
  public static final String BATCH = "batch";

  private static final Pattern NAME = Pattern.compile("[!-~](?:[ -~]{0,62}[!-~])?");
  private static final Pattern SHA_256 = Pattern.compile("[0-9A-Fa-f]{64}");
  private static final Pattern PRIORITY = Pattern.compile("interactive|normal|batch");

  /**
   * Checks the texts and brings the digest into lower case.
   *
   * @throws IllegalArgumentException if one of them doesn't have the form above
   */
  public ApiKey {
    checkName(name);
    sha256 = checkSha256(sha256);
    checkPriority(priority);
  }

  /**
   * A key whose requests are normal ones.
   *
   * @param name whom the key stands for
   * @param sha256 the key's digest
   * @param admin whether it may reload the settings and mint keys
   * @throws IllegalArgumentException if one of the texts doesn't have the form above
   */
  public ApiKey(String name, String sha256, boolean admin) {
    this(name, sha256, admin, NORMAL);
  }

  /**
   * The entry for a key that is known in plain.
   *
   * @param name whom the key stands for
   * @param plainKey the key; trailing {@code =} don't count
   * @param admin whether it may reload the settings and mint keys
   * @return the entry, without the key itself
   * @throws IllegalArgumentException if the name doesn't have the form above, or the key is empty,
   *     has control characters, or a space at either end
   */
  public static ApiKey ofPlain(String name, String plainKey, boolean admin) {
    byte[] key = checkPlain(plainKey).getBytes(StandardCharsets.UTF_8);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
      return new ApiKey(name, HexFormat.of().formatHex(digest), admin);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Strips trailing {@code =}: base64 padding, which some clients send and others don't.
   *
   * @param key a key as configured or presented
   * @return the part that is compared; may be empty
   */
  public static String normalize(String key) {
    int end = key.length();
    while (end > 0 && key.charAt(end - 1) == '=') {
      end--;
    }
    return key.substring(0, end);
  }

  static String checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a name has 1 to 64 printable ASCII characters and no space at either end");
    }
    return name;
  }

  static String checkSha256(String sha256) {
    if (!SHA_256.matcher(sha256).matches()) {
      throw new IllegalArgumentException(
          "expected the 64 hexadecimal digits of the key's SHA-256 digest; echo -n KEY |"
              + " sha256sum prints them (KEY without trailing =)");
    }
    return sha256.toLowerCase(Locale.ROOT);
  }

  static String checkPriority(String priority) {
    if (!PRIORITY.matcher(priority).matches()) {
      throw new IllegalArgumentException("expected \"interactive\", \"normal\" or \"batch\"");
    }
    return priority;
  }

  /** Returns the part of the key that is compared. The messages never show the key. */
  static String checkPlain(String plainKey) {
    if (plainKey.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a key can't have control characters (is there a line break at its end?): remove them");
    }
    if (plainKey.startsWith(" ") || plainKey.endsWith(" ")) {
      throw new IllegalArgumentException(
          "a key can't start or end with a space, no header would carry it: remove it");
    }
    String key = normalize(plainKey);
    if (key.isEmpty()) {
      throw new IllegalArgumentException("a key can't be empty: write one or remove the entry");
    }
    return key;
  }

  /** The name and whether it is admin; never the digest, since a weak key can be guessed by it. */
  @Override
  public String toString() {
    return "ApiKey[name=" + name + ", admin=" + admin + "]";
  }
}
