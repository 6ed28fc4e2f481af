package ollama.gateway.http.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Picks who to be by the host that a client asks for (RFC 6066 section 3), else the first. */
final class TlsServerKeys extends X509ExtendedKeyManager {

  /** Before the host of one that is for a challenge. */
  private static final String CHALLENGE = "challenge ";

  private final List<TlsIdentity> identities;
  private final TlsChallenges challenges;

  TlsServerKeys(List<TlsIdentity> identities, TlsChallenges challenges) {
    this.identities = identities;
    this.challenges = challenges;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    String host = engine == null ? "" : requestedHost(engine);
    if (engine != null && TlsChallenges.PROTOCOL.equals(engine.getHandshakeApplicationProtocol())) {
      boolean isOpen = challenges.of(host).filter(identity -> isOf(identity, keyType)).isPresent();
      return isOpen ? CHALLENGE + host : null;
    }
    for (TlsIdentity identity : askedFor(host)) {
      if (isOf(identity, keyType)) {
        return String.valueOf(identities.indexOf(identity));
      }
    }
    // Asked again with the next type that the client knows.
    return null;
  }

  private static boolean isOf(TlsIdentity identity, String keyType) {
    return identity.key().getAlgorithm().equalsIgnoreCase(keyType);
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
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Optional<TlsIdentity> identity = identity(alias);
    return identity.map(own -> own.chain().toArray(X509Certificate[]::new)).orElse(null);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return identity(alias).map(TlsIdentity::key).orElse(null);
  }

  /** Empty if it was for a challenge that has ended meanwhile. */
  private Optional<TlsIdentity> identity(String alias) {
    return alias.startsWith(CHALLENGE)
        ? challenges.of(alias.substring(CHALLENGE.length()))
        : Optional.of(identities.get(Integer.parseInt(alias)));
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
