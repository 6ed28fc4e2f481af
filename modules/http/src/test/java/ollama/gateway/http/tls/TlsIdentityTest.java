package ollama.gateway.http.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import ollama.gateway.http.testing.TestCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates and keys from files, in the forms that people have them in. */
class TlsIdentityTest {

  private static final TestCertificate EC = TestCertificate.LOCALHOST;
  private static final TestCertificate RSA =
      TestCertificate.make("*.example.org", "RSA", "-keysize", "2048");
  private static final TestCertificate EDWARDS = TestCertificate.make("edwards.example", "Ed25519");

  @TempDir Path folder;

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @Test
  void aKeyMayBeOfEachKind() throws Exception {
    for (TestCertificate made : List.of(EC, RSA, EDWARDS)) {
      TlsIdentity read =
          TlsIdentity.read(file("cert", made.certificatePem()), file("key", made.keyPem()));

      assertEquals(List.of(made.certificate()), read.chain());
      assertEquals(made.key(), read.key());
    }
  }

  @Test
  void aKeyMayBeInItsOlderForm() throws Exception {
    // What stands at the end of PKCS #8.
    for (TestCertificate made : List.of(EC, RSA)) {
      String label = made.key().getAlgorithm() + " PRIVATE KEY";
      String older = TestCertificate.pem(label, inner(made.key().getEncoded()));
      String parameters = TestCertificate.pem("EC PARAMETERS", new byte[] {5, 0});

      TlsIdentity read =
          TlsIdentity.read(file("cert", made.certificatePem()), file("key", parameters + older));

      assertEquals(made.key(), read.key());
    }
  }

  /** The octet string that PrivateKeyInfo ends with. */
  private static byte[] inner(byte[] pkcs8) {
    for (int at = 0; at < pkcs8.length - 4; at++) {
      int length = pkcs8[at + 1] & 0xff;
      int content = at + 2;
      if (length > 0x80) {
        content += length & 0x7f;
        length =
            length == 0x81
                ? pkcs8[at + 2] & 0xff
                : ((pkcs8[at + 2] & 0xff) << 8) | (pkcs8[at + 3] & 0xff);
      }
      if (pkcs8[at] == 4 && content + length == pkcs8.length) {
        return Arrays.copyOfRange(pkcs8, content, pkcs8.length);
      }
    }
    throw new AssertionError("no octet string at its end");
  }

  @Test
  void theChainComesInTheOrderOfTheFileAndTextAroundItIsSkipped() throws Exception {
    String chain = "subject=/CN=x\n" + EC.certificatePem() + "\r\n# and\n" + RSA.certificatePem();

    TlsIdentity read = TlsIdentity.read(file("cert", chain), file("key", EC.keyPem()));

    assertEquals(List.of(EC.certificate(), RSA.certificate()), read.chain());
  }

  @Test
  void bothMayStandInOneFile() throws Exception {
    Path both = file("both", EC.certificatePem() + EC.keyPem());
    assertEquals(EC.key(), TlsIdentity.read(both, both).key());
  }

  @Test
  void whatDoesNotBelongTogetherIsRefused() throws Exception {
    TestCertificate another = TestCertificate.make("localhost", "EC", "-groupname", "secp256r1");
    Path certificate = file("cert", EC.certificatePem());
    for (TestCertificate other : List.of(another, RSA)) {
      TlsFileException refused =
          assertThrows(
              TlsFileException.class,
              () -> TlsIdentity.read(certificate, file("key", other.keyPem())));
      assertTrue(message(refused).startsWith(folder.resolve("key") + ": "), message(refused));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | there is no CERTIFICATE in it",
        "nonsense | there is no CERTIFICATE in it",
        "-----BEGIN CERTIFICATE | its line of dashes doesn't end",
        "-----BEGIN CERTIFICATE-----aaaa | the end of its CERTIFICATE is missing",
        "-----BEGIN CERTIFICATE-----aaaaa-----END CERTIFICATE----- | isn't base64",
        "-----BEGIN CERTIFICATE-----aaaa-----END CERTIFICATE----- | a certificate in it is"
            + " malformed",
      })
  void whatIsNoCertificateIsRefused(String content, String why) throws Exception {
    TlsFileException refused =
        assertThrows(
            TlsFileException.class,
            () -> TlsIdentity.read(file("cert", content), file("key", EC.keyPem())));
    assertTrue(message(refused).contains(why), message(refused));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | there is no PRIVATE KEY in it",
        "-----BEGIN PRIVATE KEY-----aaaa-----END PRIVATE KEY----- | this is malformed",
        "-----BEGIN EC PRIVATE KEY-----aaaa-----END EC PRIVATE KEY----- | this is malformed",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----aaaa-----END ENCRYPTED PRIVATE KEY----- | encrypted",
        "-----BEGIN RSA PRIVATE KEY-----Proc-Type: 4-----END RSA PRIVATE KEY----- | encrypted",
      })
  void whatIsNoKeyIsRefused(String content, String why) throws Exception {
    TlsFileException refused =
        assertThrows(
            TlsFileException.class,
            () -> TlsIdentity.read(file("cert", EC.certificatePem()), file("key", content)));
    assertTrue(message(refused).contains(why), message(refused));
    assertFalse(message(refused).contains("aaaa"));
  }

  @Test
  void whatIsNoFileIsRefused() throws Exception {
    Path key = file("key", EC.keyPem());
    assertThrows(TlsFileException.class, () -> TlsIdentity.read(folder.resolve("none"), key));
    assertThrows(TlsFileException.class, () -> TlsIdentity.read(folder, key));
    Path large = file("large", "x".repeat((1 << 20) + 1));
    assertThrows(TlsFileException.class, () -> TlsIdentity.read(large, key));
  }

  @Test
  void aCertificateIsOfTheHostsThatItNames() {
    assertTrue(EC.identity().isOf("LOCALHOST"));
    assertFalse(EC.identity().isOf("localhost.example"));
    assertTrue(RSA.identity().isOf("a.example.org"));
    assertFalse(RSA.identity().isOf("a.b.example.org"));
    assertFalse(RSA.identity().isOf("example.org"));
    assertFalse(RSA.identity().isOf(""));
  }

  private static String message(Exception refused) {
    return String.valueOf(refused.getMessage());
  }
}
