package ollama.gateway.http.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import javax.security.auth.x500.X500Principal;
import ollama.gateway.http.testing.TestCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a certificate is called. */
final class TlsPeerTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CN=alice                          | alice",
        "CN=alice, O=somebody, C=DE        | alice",
        "O=somebody, CN=alice@example.com  | alice@example.com",
        "CN=one+OU=two, CN=three           | one;three",
        "CN=\"a, b + c\"                   | a, b + c",
        "CN=\"O=x, CN=admin\"              | O=x, CN=admin",
        "O=CN=alice                        | ''",
        "OU=\"CN=admin, x\", O=y           | ''",
        "OU=\",CN=admin\", O=y             | ''",
        "CN=1#2                            | 1#2",
      })
  void theCommonNamesOfASubject(String subject, String names) {
    String written = new X500Principal(subject).getName(X500Principal.RFC2253);

    assertEquals(names, String.join(";", TlsPeer.commonNames(written)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CN=#0401ff                        | ''",
        "CN=a\\00b                         | ''",
        "CN=a\\00b,CN=c                    | c",
        "CN=\\#a                           | #a",
        "CN=a\\\\b                         | a\\b",
      })
  void whatIsNoTextIsNoName(String written, String names) {
    assertEquals(names, String.join(";", TlsPeer.commonNames(written)));
  }

  @Test
  void whereThereAreAlternativeNamesTheCommonOneIsNone() {
    TestCertificate certificate =
        TestCertificate.make(
            "host.example",
            "EC",
            "-groupname",
            "secp256r1",
            "-ext",
            "SAN=email:alice@example.com,dns:a.example,ip:127.0.0.1,uri:spiffe://x/y");

    assertEquals(
        List.of("alice@example.com", "a.example", "spiffe://x/y"),
        TlsPeer.names(certificate.certificate()));
  }
}
