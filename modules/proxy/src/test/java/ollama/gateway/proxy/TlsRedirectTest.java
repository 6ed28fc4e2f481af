package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import ollama.gateway.config.AcmeConfig;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.ListenAddress;
import ollama.gateway.config.TlsConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a client is led that came without TLS. */
final class TlsRedirectTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://:80 :443               | gpu.example       | gpu.example",
        "http://:80 :443               | gpu.example:80    | gpu.example",
        "http://:80 :8443              | gpu.example       | gpu.example:8443",
        "http://:8080 :8443            | gpu.example:8080  | gpu.example:8443",
        "http://:8080 :443             | gpu.example:8080  | gpu.example",
        "http://:8080 :8443            | gpu.example       | gpu.example",
        "http://:8080 :8443            | gpu.example:80    | gpu.example",
        "http://:8080 https://:1 :2    | [::1]:8080        | [::1]:1",
        "http://:80 https://:1 :2      | [::1]             | [::1]:1",
        "http://:8080 :8443            | [::1]             | [::1]",
      })
  void hostAndPort(String addresses, String asked, String led) {
    List<ListenAddress> listen = Stream.of(addresses.split(" ")).map(ListenAddress::parse).toList();
    GatewayConfig config =
        TestSettings.plain()
            .config()
            .draft()
            .gatewayAddress(listen)
            .tls(new TlsConfig(List.of("c"), List.of("k"), true, "", AcmeConfig.defaults()))
            .build();

    assertEquals(led, TlsRedirect.authority(asked, config));
  }
}
