package ollama.gateway.config;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files by which the gateway speaks TLS with somebody that it connects to; each may be empty.
 *
 * @param ca the certificates of who vouches for the other; empty for those that the JDK trusts
 * @param certificate the certificate by which the other knows the gateway
 * @param key the key of that; there where that is
 */
public record ClientTls(String ca, String certificate, String key) {

  /**
   * Checks that a certificate has its key.
   *
   * @throws IllegalArgumentException if one of them is missing
   */
  public ClientTls {
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new IllegalArgumentException("a client certificate and its key go together");
    }
  }

  /** What names a file at all. */
  public Stream<String> files() {
    return Stream.of(ca, certificate, key).filter(file -> !file.isEmpty());
  }

  /** Whether it says anything. */
  public boolean isSet() {
    return !ca.isEmpty() || !certificate.isEmpty();
  }

  /** What {@code ca}, {@code clientCertificate} and {@code clientKey} say; empty if it is wrong. */
  static Optional<ClientTls> read(Block block) {
    String ca = block.text("ca", "", TlsConfig::checkPath);
    String certificate = block.text("clientCertificate", "", TlsConfig::checkPath);
    String key = block.text("clientKey", "", TlsConfig::checkPath);
    if (certificate.isEmpty() != key.isEmpty()) {
      block.wrong(
          certificate.isEmpty() ? "clientKey" : "clientCertificate",
          "clientCertificate and clientKey go together: one of them is missing");
      return Optional.empty();
    }
    return Optional.of(new ClientTls(ca, certificate, key));
  }

  /** What {@code ca} alone says. */
  static ClientTls readCa(Block block) {
    return new ClientTls(block.text("ca", "", TlsConfig::checkPath), "", "");
  }

  /**
   * Warns of files that nobody needs.
   *
   * @param url the name of the address
   * @param plain its scheme without TLS
   * @param secured the one with it
   */
  void doubt(Block block, String url, String plain, String secured) {
    if (isSet()) {
      block.doubtful(
          ca.isEmpty() ? "clientCertificate" : "ca",
          "this is for TLS, and the "
              + url
              + " says "
              + plain
              + ": write "
              + secured
              + ", or take this out");
    }
  }
}
