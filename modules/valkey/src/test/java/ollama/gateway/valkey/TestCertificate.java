package ollama.gateway.valkey;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.http.tls.TlsClient;
import ollama.gateway.http.tls.TlsIdentity;
import org.junit.jupiter.api.Assumptions;

/**
 * A certificate that vouches for itself, made by openssl; tests that need one are skipped where
 * that isn't installed.
 *
 * @param certificate the file with it, in PEM
 * @param key the file with its key
 */
record TestCertificate(Path certificate, Path key) {

  private static final Path OPENSSL = Path.of("/usr/bin/openssl");

  /**
   * Makes one.
   *
   * @param names such as {@code DNS:localhost,IP:127.0.0.1}
   */
  static TestCertificate make(Path folder, String name, String names)
      throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        Files.isExecutable(OPENSSL),
        "needs openssl: TLS with the store that gateways share wasn't checked");
    TestCertificate made =
        new TestCertificate(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
    List<String> command =
        List.of(
            OPENSSL.toString(),
            "req",
            "-x509",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=" + name,
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-addext",
            "subjectAltName=" + names,
            "-keyout",
            made.key.toString(),
            "-out",
            made.certificate.toString());
    Process openssl = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (openssl.waitFor() != 0) {
      throw new AssertionError("openssl failed: " + said);
    }
    return made;
  }

  /** What trusts it alone, and shows no certificate. */
  Optional<SSLSocketFactory> trusted() throws IOException {
    return Optional.of(
        TlsClient.of(TlsIdentity.certificates(certificate), Optional.empty()).sockets());
  }

  /** What trusts it alone, and shows another one. */
  Optional<SSLSocketFactory> trustedBy(TestCertificate client) throws IOException {
    TlsIdentity identity = TlsIdentity.read(client.certificate, client.key);
    return Optional.of(
        TlsClient.of(TlsIdentity.certificates(certificate), Optional.of(identity)).sockets());
  }
}
