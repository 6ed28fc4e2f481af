package ollama.gateway.acme;

import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import ollama.gateway.http.tls.TlsTrust;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.provider.GenericAcmeProvider;

/** An authority at an address that some may vouch for. */
final class Authority extends GenericAcmeProvider {

  private final List<X509Certificate> vouching;

  /**
   * One.
   *
   * @param vouching for its address; none for those that Java trusts
   */
  Authority(List<X509Certificate> vouching) {
    this.vouching = vouching;
  }

  @Override
  public HttpClient createHttpClient(NetworkSettings settings) {
    return vouching.isEmpty()
        ? super.createHttpClient(settings)
        : HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(settings.getTimeout())
            .proxy(settings.getProxySelector())
            .sslContext(context())
            .build();
  }

  private SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, TlsTrust.of(vouching), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }
}
