package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import ollama.gateway.http.tls.TlsIdentity;

/**
 * The certificate of all proxies, for this machine, with a key of an elliptic curve (P-256).
 *
 * @param certificateFile the certificate in PEM, which vouches for itself
 * @param keyFile its key in PEM
 * @param bothFile one behind the other
 * @param certificate the certificate
 */
record TlsPair(Path certificateFile, Path keyFile, Path bothFile, X509Certificate certificate) {

  /** The only suite that is used: what all of them have and prefer. */
  static final String SUITE = "TLS_AES_128_GCM_SHA256";

  /**
   * Makes one.
   *
   * @throws IOException when openssl isn't here, or fails
   */
  static TlsPair make(Path folder) throws IOException, InterruptedException {
    Path certificate = folder.resolve("tls.pem");
    Path key = folder.resolve("tls.key");
    Path both = folder.resolve("tls-both.pem");
    String openssl =
        Programs.find("openssl")
            .orElseThrow(() -> new IOException("openssl isn't here: apt-get install openssl"));
    int code =
        new ProcessBuilder(
                openssl,
                "req",
                "-x509",
                "-nodes",
                "-days",
                "2",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("openssl.out").toFile())
            .start()
            .waitFor();
    if (code != 0) {
      throw new IOException(Files.readString(folder.resolve("openssl.out")));
    }
    Files.writeString(both, Files.readString(certificate) + Files.readString(key));
    X509Certificate own = TlsIdentity.read(certificate, key).chain().getFirst();
    return new TlsPair(certificate, key, both, own);
  }
}
