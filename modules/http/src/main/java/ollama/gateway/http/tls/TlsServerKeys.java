package ollama.gateway.http.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Picks who to be by the host that a client asks for (RFC 6066 section 3), else the first. */
final class TlsServerKeys extends X509ExtendedKeyManager {

  private final List<TlsIdentity> identities;

  TlsServerKeys(List<TlsIdentity> identities) {
    this.identities = identities;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    List<TlsIdentity> eligible = askedFor(engine == null ? "" : requestedHost(engine));
    for (TlsIdentity identity : eligible) {
      if (identity.key().getAlgorithm().equalsIgnoreCase(keyType)) {
        return String.valueOf(identities.indexOf(identity));
      }
    }
    // Asked again with the next type that the client knows.
    return null;
  }

  /** Those of this host, or all where it has none. */
  private List<TlsIdentity> askedFor(String host) {
    List<TlsIdentity> own = new ArrayList<>();
    for (TlsIdentity identity : identities) {
      if (!host.isEmpty() && identity.isOf(host)) {
        own.add(identity);
      }
    }
    return own.isEmpty() ? identities : own;
  }

  private static String requestedHost(SSLEngine engine) {
    if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
      for (SNIServerName name : session.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    }
    return "";
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return identity(alias).chain().toArray(X509Certificate[]::new);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return identity(alias).key();
  }

  private TlsIdentity identity(String alias) {
    return identities.get(Integer.parseInt(alias));
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[0];
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[0];
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return chooseEngineServerAlias(keyType, issuers, null);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
