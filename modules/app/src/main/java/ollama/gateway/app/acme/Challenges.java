package ollama.gateway.app.acme;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import ollama.gateway.http.tls.TlsChallenges;
import ollama.gateway.http.tls.TlsIdentity;
import ollama.gateway.proxy.HttpChallenges;

/** Where an authority that looks whether a host leads here gets its answers. From any thread. */
public final class Challenges {

  /** An answer that is given until this is closed. */
  public interface Open extends AutoCloseable {
    @Override
    void close();
  }

  private final HttpChallenges http;
  private final TlsChallenges tls;

  /** Those of one gateway. */
  public Challenges(HttpChallenges http, TlsChallenges tls) {
    this.http = http;
    this.tls = tls;
  }

  /**
   * Answers http-01 (RFC 8555 section 8.3).
   *
   * @param token the last part of the path that is asked
   * @param authorization what is answered
   */
  public Open overHttp(String token, String authorization) {
    http.open(token, authorization);
    return () -> http.close(token);
  }

  /**
   * Answers tls-alpn-01 (RFC 8737).
   *
   * @param certificate what is shown to who asks for the host
   */
  public Open overTls(String host, X509Certificate certificate, PrivateKey key) {
    tls.open(host, new TlsIdentity(List.of(certificate), key));
    return () -> tls.close(host);
  }
}
