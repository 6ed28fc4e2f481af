package ollama.gateway.http.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import ollama.gateway.http.tls.TlsIdentity;

/**
 * A certificate that vouches for itself, made by the JDK's keytool, with its key.
 *
 * @param certificate the certificate
 * @param key its key
 */
public record TestCertificate(X509Certificate certificate, PrivateKey key) {

  private static final char[] PASSWORD = "password".toCharArray();
  private static final String ALIAS = "one";

  /** One for this machine, with a key of an elliptic curve. */
  public static final TestCertificate LOCALHOST =
      make("localhost", "EC", "-groupname", "secp256r1");

  /** Makes one that is good for some days from now. */
  public static TestCertificate make(String host, String algorithm, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-alias",
                ALIAS,
                "-dname",
                "CN=" + host,
                "-ext",
                "SAN=dns:" + host + (host.equals("localhost") ? ",ip:127.0.0.1" : ""),
                "-keyalg",
                algorithm));
    command.addAll(List.of(more));
    try {
      Path folder = Files.createTempDirectory("certificate");
      Path store = folder.resolve("store");
      command.addAll(List.of("-keystore", store.toString()));
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!keytool.waitFor(Tasks.SECONDS_MAX, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        throw new AssertionError("keytool failed: " + said);
      }
      TestCertificate made = load(store);
      Files.delete(store);
      Files.delete(folder);
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException | GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static TestCertificate load(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    return new TestCertificate(
        (X509Certificate) keys.getCertificate(ALIAS), (PrivateKey) keys.getKey(ALIAS, PASSWORD));
  }

  /** Who has it. */
  public TlsIdentity identity() {
    return new TlsIdentity(List.of(certificate), key);
  }

  /** It, in PEM. */
  public String certificatePem() throws GeneralSecurityException {
    return pem("CERTIFICATE", certificate.getEncoded());
  }

  /** Its key, in PEM. */
  public String keyPem() {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  /** Anything in PEM. */
  public static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(der), label);
  }

  /** A client that trusts these and nobody else. */
  public static SSLContext clientOf(TestCertificate... trusted) {
    return context(Optional.empty(), trusted);
  }

  /** Either side that has this one, and trusts those. */
  public SSLContext contextTrusting(TestCertificate... trusted) {
    return context(Optional.of(this), trusted);
  }

  private static SSLContext context(Optional<TestCertificate> own, TestCertificate... trusted) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (TestCertificate each : trusted) {
        store.setCertificateEntry("trusted" + store.size(), each.certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      if (own.isPresent()) {
        Certificate[] chain = {own.get().certificate};
        keys.setKeyEntry(ALIAS, own.get().key, PASSWORD, chain);
      }
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(keys, PASSWORD);
      context.init(factory.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
