package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.load;
import static ollama.gateway.config.SettingsFile.refused;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where TLS is spoken, with which files, and what doesn't go together. */
final class TlsConfigTest {

  private static final String ACME = "\"hosts\": [\"a.example\"], \"agreeToTerms\": true";
  private static final String PAIR = "\"certificate\": \"c.pem\", \"privateKey\": \"k.pem\"";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\":1\"                           | true  | true",
        "\":1\"                           | false | false",
        "\"https://:1\"                   | true  | true",
        "[\":1\", \"http://:2\"]          | true  | true false",
        "[\"http://:1\", \"https://:2\"]  | true  | false true",
        "[\"http://:1\", \":2\"]          | false | false false",
      })
  void anAddressSpeaksTlsAsItSaysOrElseWhereThereIsACertificate(
      String addresses, boolean certificate, String spoken) throws Exception {
    GatewayConfig config =
        config(
            with(
                "\"gatewayAddress\": "
                    + addresses
                    + (certificate ? ", \"tls\": {" + PAIR + "}" : "")));

    assertEquals(
        spoken,
        config.gatewayAddress().stream()
            .map(address -> "" + address.isSecured(config.tls()))
            .collect(Collectors.joining(" ")));
  }

  @Test
  void eachCertificateHasTheKeyAtItsPlace() {
    TlsConfig tls =
        config(with("\"tls\": {\"certificate\": [\"a\", \"b\"], \"privateKey\": [\"c\", \"d\"]}"))
            .tls();

    assertEquals(
        new TlsConfig(List.of("a", "b"), List.of("c", "d"), false, "", AcmeConfig.defaults()), tls);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"gatewayAddress\": \"https://:1\" | gatewayAddress: https://:1 takes a certificate",
        "\"gatewayAddress\": [\":1\", \"https://:1\"], \"tls\": {PAIR} | has :1 twice",
        "\"gatewayAddress\": [\":1\", 2] | gatewayAddress[1]: expected a text in double quotes",
        "\"gatewayAddress\": [] | a list of them, found an empty list",
        "\"gatewayAddress\": \"http://:1\", \"tls\": {PAIR} | nothing here speaks TLS",
        "\"tls\": {\"certificate\": \"a\"} | this goes with tls.privateKey",
        "\"tls\": {\"privateKey\": [\"a\"]} | this goes with tls.certificate",
        "\"tls\": {\"certificate\": [\"a\", \"b\"], \"privateKey\": \"c\"} | 2 certificates of",
        "\"tls\": {\"certificate\": \"\", \"privateKey\": \"b\"} | expected the path of a file",
        "\"tls\": {\"redirect\": true} | tls.redirect: there is no https to lead to",
        "\"tls\": {\"clientCertificateAuthority\": \"a\"} | clients show a certificate in TLS",
        "\"tls\": {\"acme\": {\"hosts\": [\"a.example\"]}} | unless you agree to the terms of",
        "\"tls\": {\"acme\": {\"agreeToTerms\": true}} | tls.acme.hosts: name the hosts that",
        "\"tls\": {\"acme\": {\"hosts\": [\"*.a.example\"]}} | tls.acme.hosts[0]: certificates for",
        "\"tls\": {\"acme\": {\"hosts\": [\"1.2.3.4\"]}} | hosts[0]: expected the name of a host",
        "\"tls\": {\"acme\": {\"hosts\": [\"a:443\"]}} | hosts[0]: expected the name of a host",
        "\"tls\": {\"acme\": {ACME, \"directory\": \"http://a\"}} | of an ACME directory, with",
        "\"tls\": {\"acme\": {ACME, \"challenge\": \"dns-01\"}} | expected \"tls-alpn-01\" or",
        "\"tls\": {\"acme\": {ACME, \"email\": \"a\"}} | expected one e-mail address",
        "\"gatewayAddress\": \"http://:1\", \"tls\": {\"acme\": {ACME}} | nothing here speaks",
      })
  void whatDoesNotGoTogetherIsRefused(String members, String message) {
    String text = refused(with(members.replace("PAIR", PAIR).replace("ACME", ACME))).getMessage();

    assertTrue(text.contains(message), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"gatewayAddress\": \"https://:1\", \"tls\": {\"certificate\": \"a\"} | tls.certificate",
        "\"gatewayAddress\": \"https://:1\", \"tls\": {} | gatewayAddress",
        "\"apiKeys\": [{\"name\": \"a\", \"certificate\": \"\"}] | apiKeys[0].certificate",
      })
  void oneMistakeIsOneProblem(String members, String path) {
    ConfigException refused = refused(with(members));

    assertEquals(List.of(path), refused.problems().stream().map(ConfigProblem::path).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[\":1\", \"http://:2\"] | \"clientCertificateAuthority\": \"a\" | comes to http://:2 of",
        "[\":1\", \"http://[::1]:2\"] | \"clientCertificateAuthority\": \"a\" | ",
        "[\":1\", \"http://:2\"] | \"clientCertificateAuthority\": \"a\", \"redirect\": true | ",
        "\":1\" | \"redirect\": true | nobody is led anywhere",
        "\":1\" | \"acme\": {ACME, \"challenge\": \"http-01\"} | asks port 80, and every",
        "[\":1\", \"http://:2\"] | \"acme\": {ACME, \"challenge\": \"http-01\"} | ",
      })
  void whatIsHardlyMeantIsAWarning(String addresses, String more, String warning) {
    String file =
        with("\"gatewayAddress\": " + addresses + ", \"tls\": {" + PAIR + ", " + more + "}")
            .replace("ACME", ACME);
    List<ConfigProblem> warnings = load(file).warnings();

    assertEquals(warning == null ? 0 : 1, warnings.size(), warnings.toString());
    warnings.forEach(told -> assertTrue(told.message().contains(warning), told.message()));
  }

  @Test
  void aHostOfAcmeAloneHasTlsSpoken() {
    GatewayConfig config = config(with("\"tls\": {\"acme\": {" + ACME + "}}"));

    assertTrue(config.tls().isOn());
    assertTrue(config.gatewayAddress().getFirst().isSecured(config.tls()));
    assertEquals(List.of("a.example"), config.tls().acme().hosts());
  }

  @Test
  void moreAddressesThanAnybodyNeedsAreRefused() {
    String many = "\":1\"" + ", \":0\"".repeat(16);
    String text = refused(with("\"gatewayAddress\": [" + many + "]")).getMessage();

    assertTrue(text.contains("expected at most 16 addresses, found 17"), text);
  }
}
