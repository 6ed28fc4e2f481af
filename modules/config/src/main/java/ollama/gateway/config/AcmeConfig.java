package ollama.gateway.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Certificates that the gateway orders and renews by itself from an authority that speaks ACME (RFC
 * 8555), one for each host, with keys of P-256; they take the full image ({@code make image-full},
 * or the container's tag that ends in {@code -full}).
 *
 * @param hosts the names that clients use, such as {@code ollama.example.com}, each of which leads
 *     to this machine from the internet; at most 100, without wildcards; default none
 * @param agreeToTerms whether you agree to the authority's terms of service, without which nothing
 *     is ordered; default false
 * @param email where the authority may tell of trouble with a certificate, such as {@code
 *     admin@example.com}; by default it has no address of yours
 * @param directory where the authority begins, which starts with {@code https://}; Let's Encrypt
 *     has {@code https://acme-staging-v02.api.letsencrypt.org/directory} to try things out; default
 *     {@code https://acme-v02.api.letsencrypt.org/directory}
 * @param challenge how the authority sees that a host leads here: {@code tls-alpn-01} (RFC 8737)
 *     asks port 443, which has to lead to an address that speaks TLS, {@code http-01} asks port 80,
 *     which has to lead to one that doesn't; default {@code tls-alpn-01}
 * @param folder where keys and certificates are kept, for the gateway's user alone, such as {@code
 *     acme}; a relative one is below the folder of the settings file; by default {@code acme} in
 *     that of {@code stateDirectory}
 * @param ca the file with the certificates, in PEM, of those who vouch for an authority of your
 *     own, such as {@code acme-ca.pem}; by default those that Java trusts
 */
public record AcmeConfig(
    List<String> hosts,
    boolean agreeToTerms,
    String email,
    String directory,
    String challenge,
    String folder,
    String ca) {

  /** A challenge of RFC 8737. */
  public static final String TLS_ALPN_01 = "tls-alpn-01";

  /** A challenge of RFC 8555, section 8.3. */
  public static final String HTTP_01 = "http-01";

  private static final String LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";
  private static final int HOSTS_MAX = 100;
  private static final Pattern EMAIL = Pattern.compile("[^@,;<>\\s]+@[^@,;<>\\s]+");

  /**
   * Copies the list and checks all.
   *
   * @throws IllegalArgumentException if something isn't what it is to be
   */
  public AcmeConfig {
    hosts = List.copyOf(hosts);
    hosts.forEach(AcmeConfig::checkHost);
    checkEmail(email);
    checkDirectory(directory);
    checkChallenge(challenge);
    TlsConfig.checkPath(folder);
    TlsConfig.checkPath(ca);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return nothing is ordered
   */
  public static AcmeConfig defaults() {
    return new AcmeConfig(List.of(), false, "", LETS_ENCRYPT, TLS_ALPN_01, "", "");
  }

  /** Whether certificates are ordered. */
  public boolean isOn() {
    return !hosts.isEmpty();
  }

  /** What stands in the file, or the default of what doesn't. */
  static AcmeConfig read(Block block) {
    AcmeConfig defaults = defaults();
    List<String> hosts = block.texts("hosts", AcmeConfig::checkHost);
    boolean agrees = block.flag("agreeToTerms", false);
    String email = block.text("email", "", AcmeConfig::checkEmail);
    String directory = block.text("directory", defaults.directory(), AcmeConfig::checkDirectory);
    String challenge = block.text("challenge", defaults.challenge(), AcmeConfig::checkChallenge);
    String folder = block.text("folder", "", TlsConfig::checkPath);
    String ca = block.text("ca", "", TlsConfig::checkFile);
    Set<String> seen = new HashSet<>();
    for (String host : hosts) {
      if (!seen.add(host)) {
        block.wrong("hosts", "this has " + host + " twice: take one out");
      }
    }
    if (hosts.size() > HOSTS_MAX) {
      block.wrong("hosts", "expected at most " + HOSTS_MAX + " hosts, found " + hosts.size());
    }
    if (block.value("hosts").isPresent() && !block.list("hosts").isEmpty() && !agrees) {
      block.missing(
          "agreeToTerms",
          "nothing is ordered unless you agree to the terms of service of "
              + directory
              + ": read them, and write \"agreeToTerms\": true");
    }
    boolean saysMore = agrees || !email.isEmpty() || !folder.isEmpty() || !ca.isEmpty();
    if (block.value("hosts").isEmpty() && saysMore) {
      block.missing(
          "hosts",
          "name the hosts that certificates are ordered for, such as [\"ollama.example.com\"]");
    }
    return new AcmeConfig(hosts, agrees, email, directory, challenge, folder, ca);
  }

  private static String checkHost(String host) {
    if (host.startsWith("*")) {
      throw new IllegalArgumentException(
          "certificates for every name of a domain take another challenge (dns-01), which the"
              + " gateway doesn't have: name each host");
    }
    String name = HostSyntax.lowerCase(host);
    if (!HostSyntax.isNameOrIpv4(name) || HostSyntax.isIpv4(name) || name.endsWith(".")) {
      throw new IllegalArgumentException(
          "expected the name of a host, such as ollama.example.com, without a port");
    }
    return name;
  }

  private static String checkEmail(String email) {
    if (!email.isEmpty() && !EMAIL.matcher(email).matches()) {
      throw new IllegalArgumentException("expected one e-mail address, such as admin@example.com");
    }
    return email;
  }

  private static String checkDirectory(String directory) {
    try {
      URI address = new URI(directory);
      if ("https".equals(address.getScheme()) && address.getHost() != null) {
        return directory;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "expected the address of an ACME directory, with https:// and a host, such as "
            + LETS_ENCRYPT);
  }

  private static String checkChallenge(String challenge) {
    if (!challenge.equals(TLS_ALPN_01) && !challenge.equals(HTTP_01)) {
      throw new IllegalArgumentException("expected \"" + TLS_ALPN_01 + "\" or \"" + HTTP_01 + "\"");
    }
    return challenge;
  }
}
