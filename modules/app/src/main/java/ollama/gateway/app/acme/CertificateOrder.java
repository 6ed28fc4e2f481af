package ollama.gateway.app.acme;

import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What an authority is asked for.
 *
 * @param directory where the authority begins
 * @param authorities who vouches for that address; none for those that Java trusts
 * @param email where the authority may tell of trouble; empty for nowhere
 * @param challenge how it sees that the host leads here: {@code tls-alpn-01} or {@code http-01}
 * @param account the key by which the authority knows the gateway
 * @param host whose certificate it is
 * @param key what the certificate is for
 */
public record CertificateOrder(
    URI directory,
    List<X509Certificate> authorities,
    String email,
    String challenge,
    KeyPair account,
    String host,
    KeyPair key) {

  /** Copies the list. */
  public CertificateOrder {
    authorities = List.copyOf(authorities);
  }
}
