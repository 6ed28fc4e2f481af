package ollama.gateway.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * TLS between the gateway and its clients (1.2 and 1.3). With it {@code gatewayAddress} is for
 * {@code https} alone; switching it on or off waits for a restart, other files don't.
 *
 * @param certificate the file with the certificate in PEM, and behind it those that vouch for it,
 *     such as {@code fullchain.pem}; a relative one is below the folder of the settings file; it is
 *     read anew when it changes, for connections from then on; by default there is no TLS
 * @param privateKey the file with its key in PEM, without a password, such as {@code privkey.pem}:
 *     PKCS #8, or the older form of RSA or EC; by default there is none
 */
public record TlsConfig(String certificate, String privateKey) {

  /**
   * Checks that both are there, or none.
   *
   * @throws IllegalArgumentException if one is missing, or is no path
   */
  public TlsConfig {
    checkPath(certificate);
    checkPath(privateKey);
    if (certificate.isEmpty() != privateKey.isEmpty()) {
      throw new IllegalArgumentException("a certificate and a private key go together");
    }
  }

  /**
   * What holds when the file says nothing.
   *
   * @return no TLS
   */
  public static TlsConfig defaults() {
    return new TlsConfig("", "");
  }

  /** Whether TLS is spoken. */
  public boolean isOn() {
    return !certificate.isEmpty();
  }

  /** What stands in the file, or the default of what doesn't. */
  static TlsConfig read(Block block) {
    String certificate = block.text("certificate", "", TlsConfig::checkPath);
    String privateKey = block.text("privateKey", "", TlsConfig::checkPath);
    if (certificate.isEmpty() && !privateKey.isEmpty()) {
      block.wrong("privateKey", "this goes with tls.certificate, which is missing");
      return defaults();
    }
    if (privateKey.isEmpty() && !certificate.isEmpty()) {
      block.wrong("certificate", "this goes with tls.privateKey, which is missing");
      return defaults();
    }
    return new TlsConfig(certificate, privateKey);
  }

  static String checkPath(String file) {
    try {
      return Path.of(file).toString();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("expected the path of a file: " + e.getReason(), e);
    }
  }
}
