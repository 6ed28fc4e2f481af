package ollama.gateway.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * TLS between the gateway and its clients (1.2 and 1.3). With it an address of {@code
 * gatewayAddress} is for {@code https} alone unless {@code http://} stands before it; switching it
 * on or off waits for a restart, other files don't.
 *
 * @param certificate the file with the certificate in PEM, and behind it those that vouch for it,
 *     such as {@code fullchain.pem}; or a list of several, of which each client gets the one with
 *     the host that it asks for, and else the first; a relative one is below the folder of the
 *     settings file; it is read anew when it changes, for connections from then on; by default
 *     there is no TLS
 * @param privateKey the file with its key in PEM, without a password, such as {@code privkey.pem}:
 *     PKCS #8, or the older form of RSA or EC; or a list of as many as there are certificates, in
 *     their order; by default there is none
 * @param redirect whether requests to an address of {@code gatewayAddress} with {@code http://} are
 *     led to the first one with TLS (308), but for {@code /gateway/live} and {@code
 *     /gateway/ready}, and where this machine alone can come (as at {@code 127.0.0.1}); what
 *     proxies of {@code security.trustedProxies} pass on only where they say that it came by http;
 *     a client that has asked for port 80, though no address has that, is led to port 443, since
 *     another program forwards both; default false
 * @param clientCertificateAuthority the file with the certificates, in PEM, of those who vouch for
 *     clients, such as {@code clients-ca.pem}: then each client that speaks TLS must show a
 *     certificate of one of these, besides what else is asked of it, and {@code
 *     apiKeys[].certificate} makes its name a key; by default no client is asked for one
 * @param acme certificates that the gateway orders by itself, besides those above; by default it
 *     orders none
 */
public record TlsConfig(
    List<String> certificate,
    List<String> privateKey,
    boolean redirect,
    String clientCertificateAuthority,
    AcmeConfig acme) {

  private static final int CERTIFICATES_MAX = 100;

  /**
   * Checks that each certificate has its key.
   *
   * @throws IllegalArgumentException if one is missing, or is no path
   */
  public TlsConfig {
    certificate = List.copyOf(certificate);
    privateKey = List.copyOf(privateKey);
    certificate.forEach(TlsConfig::checkPath);
    privateKey.forEach(TlsConfig::checkPath);
    checkPath(clientCertificateAuthority);
    if (certificate.size() != privateKey.size()) {
      throw new IllegalArgumentException("a certificate and a private key go together");
    }
  }

  /**
   * What holds when the file says nothing.
   *
   * @return no TLS
   */
  public static TlsConfig defaults() {
    return new TlsConfig(List.of(), List.of(), false, "", AcmeConfig.defaults());
  }

  /** Whether TLS is spoken. */
  public boolean isOn() {
    return !certificate.isEmpty() || acme.isOn();
  }

  /** What stands in the file, or the default of what doesn't. */
  static TlsConfig read(Block block) {
    List<String> certificates = block.textOrTexts("certificate", List.of(), TlsConfig::checkFile);
    List<String> keys = block.textOrTexts("privateKey", List.of(), TlsConfig::checkFile);
    boolean redirect = block.flag("redirect", false);
    String authority = block.text("clientCertificateAuthority", "", TlsConfig::checkFile);
    AcmeConfig acme = AcmeConfig.read(block.block(Section.ACME));
    boolean isOn = !certificates.isEmpty() || acme.isOn();
    if (certificates.isEmpty() && !keys.isEmpty()) {
      block.wrong("privateKey", "this goes with tls.certificate, which is missing");
      return defaults();
    }
    if (keys.isEmpty() && !certificates.isEmpty()) {
      block.wrong("certificate", "this goes with tls.privateKey, which is missing");
      return defaults();
    }
    if (keys.size() != certificates.size()) {
      block.wrong(
          "privateKey",
          "expected a key for each of the "
              + certificates.size()
              + " certificates of tls.certificate, in their order, found "
              + keys.size());
      return defaults();
    }
    if (certificates.size() > CERTIFICATES_MAX) {
      block.wrong("certificate", "expected at most " + CERTIFICATES_MAX + " certificates");
    }
    if (redirect && !isOn) {
      block.wrong("redirect", "there is no https to lead to: name a certificate");
    }
    if (!authority.isEmpty() && !isOn) {
      block.wrong(
          "clientCertificateAuthority",
          "clients show a certificate in TLS alone: name the gateway's own in tls.certificate");
    }
    return new TlsConfig(certificates, keys, redirect, authority, acme);
  }

  static String checkFile(String file) {
    if (file.isEmpty()) {
      throw new IllegalArgumentException("expected the path of a file, found nothing");
    }
    return checkPath(file);
  }

  static String checkPath(String file) {
    try {
      return Path.of(file).toString();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("expected the path of a file: " + e.getReason(), e);
    }
  }
}
