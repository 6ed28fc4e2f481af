package ollama.gateway.app;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Trusts whoever answers: for questions to this machine's own gateway, whose certificate is for
 * another name. Who listens there in its place would learn the key that {@code status} sends.
 */
final class AnyServer implements X509TrustManager {

  private AnyServer() {}

  /** TLS over a connection that is there, which is closed with it. */
  static SSLSocket over(Socket connected) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new AnyServer()}, null);
      return (SSLSocket) context.getSocketFactory().createSocket(connected, "localhost", 0, true);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType) {
    throw new UnsupportedOperationException("this is no server");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType) {
    // Whoever it is.
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
