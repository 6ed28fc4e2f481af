package ollama.gateway.config;

import java.util.regex.Pattern;

/**
 * What several gateways have in common, kept in Valkey or Redis (7 or newer): limits, quotas, who
 * used how much, keys made while they run, servers out of service, and what each knows of the
 * servers. Only the full image can do it.
 *
 * @param url where the store is, such as {@code valkey://localhost:6379}; {@code valkeys://} for
 *     TLS, {@code redis://} and {@code rediss://} mean the same; a user may stand before the host
 *     and an {@code @}, the number of a database behind it and a slash; or Sentinels that know
 *     where it is, such as {@code valkey-sentinel://one:26379,two/mymaster}; a reload can't change
 *     it; by default none, and the gateway is by itself
 * @param tls whether TLS is spoken there, also where the URL doesn't say so; a reload can't change
 *     it; default false
 * @param ca where TLS is spoken: the file with the certificate of who vouches for the store, and
 *     for Sentinels, in PEM, such as {@code valkey-ca.pem}; a relative one is below the folder of
 *     the settings file; it is read anew when it changes, for connections from then on; a reload
 *     can't change it to another file; by default those count that the JDK trusts
 * @param clientCertificate the file with the certificate by which the store knows the gateway,
 *     where it asks for one, in PEM, such as {@code gateway.pem}; a reload can't change it to
 *     another file; by default there is none
 * @param clientKey the file with the key of that, such as {@code gateway.key}; a reload can't
 *     change it to another file; by default there is none
 * @param password what the store wants to hear, such as {@code ${VALKEY_PASSWORD}}, and Sentinels
 *     that want to hear anything; a reload can't change it; by default none
 * @param prefix what the names of all that is kept there begin with: gateways with the same one
 *     belong together; 1 to 64 letters, digits and {@code : . _ -}; a reload can't change it;
 *     default {@code ollama-gateway:}
 * @param timeoutMillis how long a request waits for the store at most, 10 to 10000; a reload can't
 *     change it; default 200
 * @param onFailure what becomes of requests while the store can't be reached: {@code local}, each
 *     gateway counts for itself, or {@code refuse}, those that need it are answered 503; a reload
 *     can't change it; default {@code local}
 */
public record SharedConfig(
    String url,
    boolean tls,
    String ca,
    String clientCertificate,
    String clientKey,
    String password,
    String prefix,
    int timeoutMillis,
    String onFailure) {

  /** Requests that need the store are refused while it can't be reached. */
  private static final String REFUSE = "refuse";

  private static final String LOCAL = "local";

  private static final String WITHOUT_URL =
      "nothing is shared, since there is no url here, such as valkey://localhost:6379";

  static final Bounds TIMEOUT_MILLIS = Bounds.of(10, 10_000);

  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9:._-]{1,64}");

  /**
   * Checks them.
   *
   * @throws IllegalArgumentException if one isn't what it is to be
   */
  public SharedConfig {
    checkUrl(url);
    ClientTls _ = new ClientTls(ca, clientCertificate, clientKey);
    checkPrefix(prefix);
    TIMEOUT_MILLIS.check("timeoutMillis", timeoutMillis);
    checkOnFailure(onFailure);
  }

  /**
   * One that is known as the JDK knows it, and doesn't ask who the gateway is.
   *
   * @throws IllegalArgumentException as above
   */
  public SharedConfig(
      String url,
      boolean tls,
      String password,
      String prefix,
      int timeoutMillis,
      String onFailure) {
    this(url, tls, "", "", "", password, prefix, timeoutMillis, onFailure);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return nothing is shared
   */
  public static SharedConfig defaults() {
    return new SharedConfig("", false, "", "ollama-gateway:", 200, LOCAL);
  }

  /** Whether anything is shared. */
  public boolean isOn() {
    return !url.isEmpty();
  }

  /** Whether requests are refused rather than counted by each gateway. */
  public boolean refuses() {
    return onFailure.equals(REFUSE);
  }

  /**
   * Where the store is.
   *
   * @throws IllegalStateException if nothing is shared
   */
  public StoreUrl store() {
    if (!isOn()) {
      throw new IllegalStateException("nothing is shared");
    }
    return StoreUrl.parse(url);
  }

  /** Whether TLS is spoken with it. */
  public boolean isSecured() {
    return tls || store().secured();
  }

  /** By which files TLS is spoken with it. */
  public ClientTls clientTls() {
    return new ClientTls(ca, clientCertificate, clientKey);
  }

  /** What stands in the file, or the default of what doesn't. */
  static SharedConfig read(Block block) {
    SharedConfig defaults = defaults();
    String url = block.text("url", "", SharedConfig::checkUrl);
    boolean tls = block.flag("tls", false);
    ClientTls files = ClientTls.read(block).orElse(defaults.clientTls());
    if (!url.isEmpty() && !tls && !StoreUrl.parse(url).secured()) {
      files.doubt(block, "url", "valkey", "valkeys");
    }
    if (block.value("url").isEmpty()) {
      Section.SHARED.names().stream()
          .filter(name -> block.value(name).isPresent())
          .findFirst()
          .ifPresent(name -> block.doubtful(name, WITHOUT_URL));
    }
    return new SharedConfig(
        url,
        tls,
        files.ca(),
        files.certificate(),
        files.key(),
        block.text("password", "", password -> password),
        block.text("prefix", defaults.prefix(), SharedConfig::checkPrefix),
        block.whole("timeoutMillis", defaults.timeoutMillis(), TIMEOUT_MILLIS),
        block.text("onFailure", LOCAL, SharedConfig::checkOnFailure));
  }

  private static String checkUrl(String url) {
    if (!url.isEmpty()) {
      StoreUrl _ = StoreUrl.parse(url);
    }
    return url;
  }

  private static String checkPrefix(String prefix) {
    if (!PREFIX.matcher(prefix).matches()) {
      throw new IllegalArgumentException("expected 1 to 64 letters, digits and : . _ -");
    }
    return prefix;
  }

  private static String checkOnFailure(String onFailure) {
    if (!onFailure.equals(LOCAL) && !onFailure.equals(REFUSE)) {
      throw new IllegalArgumentException("expected \"local\" or \"refuse\"");
    }
    return onFailure;
  }

  /** Without the password. */
  @Override
  public String toString() {
    return isOn() ? "shared by " + store() : "nothing shared";
  }
}
