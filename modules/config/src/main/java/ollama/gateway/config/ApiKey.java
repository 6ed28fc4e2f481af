package ollama.gateway.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import ollama.gateway.ollama.ModelPattern;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.RouteGroup;

/**
 * A key that is accepted, known only by its digest. In the file an entry is either the key itself,
 * a text, which gets the name {@code key-N} by its position from 1 ({@code key-N-2} where another
 * entry has that) and isn't admin; or an object, such as {@code {"name": "first", "sha256": "…",
 * "admin": true}}.
 *
 * @param name whom the key stands for in logs, 1 to 64 printable ASCII characters, no space at
 *     either end, each name once; such as {@code laptop}; required
 * @param sha256 the SHA-256 digest of the key's UTF-8 bytes without trailing {@code =}, as 64
 *     hexadecimal digits, kept in lower case, such as {@code
 *     0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}; required without {@code
 *     certificate}
 * @param certificate what a certificate is called that stands for the key, such as {@code
 *     alice@example.com}: one of its alternative names (DNS, e-mail, URI), or its common name where
 *     it has none of these, to the letter; each in one entry alone; {@code
 *     tls.clientCertificateAuthority} has clients show theirs; by default none
 * @param admin whether the key may reload the settings and mint keys; default false
 * @param disabled whether the key is switched off, so that its requests get a 401; default false
 * @param expires from when on the key isn't accepted any more; by default never, else a time such
 *     as {@code 2027-01-31T18:00:00Z}, or a day, {@code 2027-01-31}, of which the beginning in UTC
 *     counts
 * @param models the only models that it may use, such as {@code llama3*}: names in which a star
 *     stands for any characters of one part; lists show it no others; without any it may use all;
 *     default none
 * @param endpoints what it may do, such as {@code inference}: {@code inference} runs models, {@code
 *     read} lists and describes them, {@code manage} makes, fetches, copies and deletes them,
 *     {@code account} uses the account at ollama.com that a server is signed in with, {@code cloud}
 *     runs models there; a path that isn't known needs all five; at least one; by default all five
 *     of a key that is admin or stands there as a text, else {@code inference} and {@code read}
 * @param priority the class of its requests: {@code interactive} go before {@code normal} ones
 *     where they wait for a server, and these before {@code batch}; a request may lower its own by
 *     the header {@code X-Gateway-Priority}; default {@code normal}
 * @param maxConcurrentRequests how many of its requests run at the same time, those that wait for a
 *     server too; beyond that 429; 0 (no limit) to 1000000; default 0
 * @param rateLimit its own rate limit, in the place of the general one
 * @param tokens how many tokens it may use
 * @param options what its requests ask of a model, such as {@code keep_alive: 5m}, of the names
 *     {@code num_ctx}, {@code num_batch}, {@code num_gpu}, {@code main_gpu}, {@code use_mmap},
 *     {@code num_thread}, {@code shift}, {@code numa}, {@code low_vram}, {@code f16_kv}, {@code
 *     logits_all}, {@code vocab_only}, {@code use_mlock}, {@code num_predict}, {@code keep_alive},
 *     {@code think}, {@code temperature}, {@code top_k}, {@code top_p}, {@code seed} and {@code
 *     repeat_penalty}: a value is sent whatever a client says; an object has {@code min} and {@code
 *     max}, one of which is sent where a client says less or more, and {@code default}, which is
 *     sent where it says nothing; {@code reload: false} besides refuses requests with other options
 *     that have a model loaded anew; default none
 * @param allowIps the only addresses and ranges that it may be used from, such as {@code
 *     10.0.0.0/8}; an empty list allows all; default none
 */
public record ApiKey(
    String name,
    String sha256,
    String certificate,
    boolean admin,
    boolean disabled,
    String expires,
    List<ModelPattern> models,
    List<RouteGroup> endpoints,
    String priority,
    int maxConcurrentRequests,
    KeyRateLimitConfig rateLimit,
    KeyTokensConfig tokens,
    OptionsPolicy options,
    List<AddressRange> allowIps) {

  static final Bounds CONCURRENT_REQUESTS = Bounds.orNone(1_000_000);

  /** See {@link #priority}. */
  public static final String INTERACTIVE = "interactive";

  /** See {@link #priority}. */
  public static final String NORMAL = "normal";

  /** See {@link #priority}. */
  public static final String BATCH = "batch";

  private static final int DATE_LENGTH = 10;
  private static final int CERTIFICATE_LENGTH_MAX = 255;
  private static final int NAME_LENGTH_MAX = 64;
  private static final int SHA_256_DIGITS = 64;
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
    checkCertificate(certificate);
    checkPriority(priority);
    if (!expires.isEmpty()) {
      Instant _ = instant(expires);
    }
    models = List.copyOf(models);
    endpoints = List.copyOf(endpoints);
    CONCURRENT_REQUESTS.check("maxConcurrentRequests", maxConcurrentRequests);
    allowIps = List.copyOf(allowIps);
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
   * A key that is accepted from everywhere and for ever, and may do what its kind may by default.
   *
   * @param name whom the key stands for
   * @param sha256 the key's digest
   * @param admin whether it may reload the settings and mint keys
   * @param priority the class of its requests
   * @throws IllegalArgumentException if one of the texts doesn't have the form above
   */
  public ApiKey(String name, String sha256, boolean admin, String priority) {
    this(name, sha256, admin, List.of(), priority);
  }

  /** A key that nothing but these limits. */
  private ApiKey(
      String name, String sha256, boolean admin, List<RouteGroup> endpoints, String priority) {
    this(
        name,
        sha256,
        "",
        admin,
        false,
        "",
        List.of(),
        endpoints,
        priority,
        0,
        KeyRateLimitConfig.NONE,
        KeyTokensConfig.NONE,
        OptionsPolicy.NONE,
        List.of());
  }

  /** The same key, switched off or on. */
  public ApiKey withDisabled(boolean isDisabled) {
    return with(name, isDisabled);
  }

  /**
   * The same key under another name.
   *
   * @throws IllegalArgumentException if it doesn't have the form above
   */
  public ApiKey withName(String otherName) {
    return with(otherName, disabled);
  }

  private ApiKey with(String otherName, boolean isDisabled) {
    return new ApiKey(
        otherName,
        sha256,
        certificate,
        admin,
        isDisabled,
        expires,
        models,
        endpoints,
        priority,
        maxConcurrentRequests,
        rateLimit,
        tokens,
        options,
        allowIps);
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
    return new ApiKey(name, sha256Of(checkPlain(plainKey)), admin);
  }

  private static String sha256Of(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * In the place of a digest, for what is counted by it: that of no key, since no key has a NUL.
   */
  static String sha256OfCertificate(String certificate) {
    return sha256Of("certificate\0" + certificate);
  }

  /** Whether a certificate alone stands for it, so that there is no key to present. */
  public boolean isOfCertificateAlone() {
    return !certificate.isEmpty() && sha256.equals(sha256OfCertificate(certificate));
  }

  /**
   * The entry that a text in the file is: the key itself, which may use all endpoints.
   *
   * @param name whom the key stands for
   * @param plainKey the key; trailing {@code =} don't count
   * @return the entry, without the key itself
   * @throws IllegalArgumentException as {@link #ofPlain}
   */
  public static ApiKey ofText(String name, String plainKey) {
    String sha256 = ofPlain(name, plainKey, false).sha256();
    List<RouteGroup> all = List.of(RouteGroup.values());
    return new ApiKey(name, sha256, false, all, NORMAL);
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

  // What most of 100,000 keys have is seen without the patterns, which say what else may be.

  private static boolean isUsualName(String name) {
    boolean isUsual = !name.isEmpty() && name.length() <= NAME_LENGTH_MAX;
    for (int i = 0; isUsual && i < name.length(); i++) {
      isUsual = name.charAt(i) > ' ' && name.charAt(i) <= '~';
    }
    return isUsual;
  }

  private static boolean isUsualSha256(String text) {
    boolean isUsual = text.length() == SHA_256_DIGITS;
    for (int i = 0; isUsual && i < SHA_256_DIGITS; i++) {
      isUsual = HexFormat.isHexDigit(text.charAt(i));
    }
    return isUsual;
  }

  static String checkName(String name) {
    if (!isUsualName(name) && !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a name has 1 to 64 printable ASCII characters and no space at either end");
    }
    return name;
  }

  static String checkSha256(String sha256) {
    if (!isUsualSha256(sha256) && !SHA_256.matcher(sha256).matches()) {
      throw new IllegalArgumentException(
          "expected the 64 hexadecimal digits of the key's SHA-256 digest; echo -n KEY |"
              + " sha256sum prints them (KEY without trailing =)");
    }
    return sha256.toLowerCase(Locale.ROOT);
  }

  static String checkCertificate(String certificate) {
    if (certificate.length() > CERTIFICATE_LENGTH_MAX
        || certificate.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "the name of a certificate has 1 to "
              + CERTIFICATE_LENGTH_MAX
              + " characters, and no control characters");
    }
    return certificate;
  }

  /** From when on it isn't accepted; only of a key whose {@link #expires} isn't empty. */
  public Instant expiresAt() {
    return instant(expires);
  }

  static String checkExpires(String expires) {
    Instant _ = instant(expires);
    return expires;
  }

  /** A time of RFC 3339, or the beginning of a day in UTC. */
  private static Instant instant(String text) {
    try {
      return text.length() <= DATE_LENGTH
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "expected a day such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z", e);
    }
  }

  static String checkPriority(String priority) {
    if (!priority.equals(NORMAL) && !PRIORITY.matcher(priority).matches()) {
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
