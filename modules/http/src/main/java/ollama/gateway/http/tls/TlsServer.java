package ollama.gateway.http.tls;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * The server's side of TLS 1.2 and 1.3. Immutable: connections that began with one go on with it
 * when another takes its place.
 */
public final class TlsServer {

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  /** With forward secrecy, and sealed as a whole (AEAD): the recommended ones of RFC 9325. */
  private static final String[] SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
  };

  /**
   * What keys are agreed upon in. What clients have besides takes the server many times as long, as
   * {@code ffdhe8192} does, or is weaker: a client chooses what a handshake costs.
   */
  private static final String[] GROUPS = {"x25519", "secp256r1", "secp384r1"};

  static {
    // Else a client could have the server compute one handshake after the other (CVE-2011-1473).
    System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
  }

  private static final String HTTP = "http/1.1";

  private final SSLContext context;
  private final List<X509Certificate> authorities;
  private final TlsChallenges challenges;

  private TlsServer(
      SSLContext context, List<X509Certificate> authorities, TlsChallenges challenges) {
    this.context = context;
    this.authorities = authorities;
    this.challenges = challenges;
  }

  /**
   * A server that is who its clients ask for.
   *
   * @param identities at least one; the first is for clients that ask for none of them
   * @param authorities who vouches for clients, each of which must show a certificate then; with
   *     none, none is asked for one
   */
  public static TlsServer of(List<TlsIdentity> identities, List<X509Certificate> authorities) {
    return of(identities, authorities, new TlsChallenges());
  }

  /**
   * The same for one that also proves to an authority that a host leads here.
   *
   * @param identities maybe none: then no hands can be shaken but for challenges
   * @param challenges asked anew for each connection
   */
  public static TlsServer of(
      List<TlsIdentity> identities, List<X509Certificate> authorities, TlsChallenges challenges) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManager[] keys = {new TlsServerKeys(List.copyOf(identities), challenges)};
      context.init(keys, authorities.isEmpty() ? null : TlsTrust.of(authorities), null);
      return new TlsServer(context, List.copyOf(authorities), challenges);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }

  /** Whether the same authorities vouch for clients, or none is asked for. */
  public boolean trustsAs(TlsServer other) {
    return this == other || authorities.equals(other.authorities);
  }

  /** The side of one connection. */
  public SSLEngine engine() {
    SSLEngine engine = context.createSSLEngine();
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setCipherSuites(SUITES);
    parameters.setUseCipherSuitesOrder(true);
    parameters.setNamedGroups(GROUPS);
    parameters.setApplicationProtocols(
        challenges.isNone() ? new String[] {HTTP} : new String[] {TlsChallenges.PROTOCOL, HTTP});
    parameters.setNeedClientAuth(!authorities.isEmpty());
    engine.setSSLParameters(parameters);
    engine.setUseClientMode(false);
    return engine;
  }

  /** Whether hands were shaken for an authority's challenge, after which there is no request. */
  public static boolean wasChallenge(SSLEngine engine) {
    return TlsChallenges.PROTOCOL.equals(engine.getApplicationProtocol());
  }
}
