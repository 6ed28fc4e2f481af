package ollama.gateway.http.tls;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.http.wire.AddressLiteral;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of TLS 1.2 and 1.3: it trusts some authorities, and believes a server only that
 * has a certificate of one for its very name (RFC 9525). Two that trust and are the same are equal,
 * so that connections kept for one serve the other.
 */
public final class TlsClient {

  private final List<X509Certificate> authorities;
  private final Optional<TlsIdentity> identity;
  private final SSLContext context;
  private final SSLSocketFactory sockets;

  private TlsClient(
      List<X509Certificate> authorities, Optional<TlsIdentity> identity, SSLContext context) {
    this.authorities = authorities;
    this.identity = identity;
    this.context = context;
    this.sockets = context.getSocketFactory();
  }

  /**
   * A client.
   *
   * @param authorities whom it trusts; none stands for whom the JDK trusts
   * @param identity who it is, for servers that ask
   */
  public static TlsClient of(List<X509Certificate> authorities, Optional<TlsIdentity> identity) {
    List<X509Certificate> trusted = List.copyOf(authorities);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManager @Nullable [] keys =
          identity.isPresent() ? new KeyManager[] {new TlsClientKeys(identity.get())} : null;
      context.init(keys, trusted.isEmpty() ? null : TlsTrust.of(trusted), null);
      return new TlsClient(trusted, identity, context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }

  /**
   * The side of one connection.
   *
   * @param host which server it has to be, a name or an address
   * @param port where it is; sessions are resumed with the same one
   */
  public SSLEngine engine(String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    if (AddressLiteral.parse(host).isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(host)));
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  /**
   * For who speaks by sockets of the JDK's and has them check the server's name, which these don't
   * by themselves; always the same.
   */
  public SSLSocketFactory sockets() {
    return sockets;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TlsClient it
        && it.authorities.equals(authorities)
        && it.identity.equals(identity);
  }

  @Override
  public int hashCode() {
    return 31 * authorities.hashCode() + identity.hashCode();
  }
}
