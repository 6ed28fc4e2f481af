package ollama.gateway.http.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Whom one believes that a certificate is who it says. */
public final class TlsTrust {

  private TlsTrust() {}

  /**
   * Believes these authorities, and nobody else.
   *
   * @param authorities at least one
   * @throws GeneralSecurityException when this JDK has no such trust
   */
  public static TrustManager[] of(List<X509Certificate> authorities)
      throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      store.load(null, null);
    } catch (IOException e) {
      throw new IllegalStateException("an empty store isn't read from anywhere", e);
    }
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry(String.valueOf(i), authorities.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
