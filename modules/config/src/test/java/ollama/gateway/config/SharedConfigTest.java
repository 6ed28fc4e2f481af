package ollama.gateway.config;

import static ollama.gateway.config.SettingsFile.assertProblem;
import static ollama.gateway.config.SettingsFile.assertWarning;
import static ollama.gateway.config.SettingsFile.config;
import static ollama.gateway.config.SettingsFile.load;
import static ollama.gateway.config.SettingsFile.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SharedConfigTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "valkey://localhost, localhost:6379, 0, false",
        "redis://localhost:7000/3, localhost:7000, 3, false",
        "valkeys://me@Store.example.com/15, store.example.com:6379, 15, true",
        "rediss://127.0.0.1, 127.0.0.1:6379, 0, true",
        "valkey://[::1]:1, [::1]:1, 0, false",
        "valkey://[fd00::1], [fd00::1]:6379, 0, false",
      })
  void aServerIsNamedByItsUrl(String url, String host, int database, boolean secured) {
    SharedConfig shared = config(with("\"shared\": {\"url\": \"" + url + "\"}")).shared();

    assertTrue(shared.isOn());
    StoreUrl store = shared.store();
    assertEquals(List.of(host), store.hosts().stream().map(StoreUrl.Host::toString).toList());
    assertEquals(database, store.database());
    assertEquals(secured, shared.isSecured());
    assertEquals(Optional.empty(), store.master());
  }

  @Test
  void sentinelsAreNamedWithWhatTheyWatch() {
    StoreUrl store = StoreUrl.parse("valkey-sentinel://one,two:5000,[::1]/my.master");

    assertEquals(
        List.of("one:26379", "two:5000", "[::1]:26379"),
        store.hosts().stream().map(StoreUrl.Host::toString).toList());
    assertEquals(Optional.of("my.master"), store.master());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:6379",
        "http://localhost",
        "valkey://",
        "valkey://a,b",
        "valkey://a:0",
        "valkey://a/16",
        "valkey://a/x",
        "valkey://a/1/2",
        "valkey://a?x=1",
        "valkey://user:secret@a",
        "valkey-sentinel://a,b",
        "valkey-sentinel://a,/name",
        "valkey-sentinel://a/na me",
        "valkey://::1",
      })
  void whatNamesNoStoreIsRefusedWithoutShowingIt(String url) {
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new SharedConfig(url, false, "", "p:", 200, "local"));

    assertFalse(String.valueOf(refused.getMessage()).contains("secret"));
  }

  @Test
  void whatIsForTlsIsDoubtfulWithoutIt() {
    String shared = "{%s, \"shared\": {\"url\": \"%s\", %s}}";
    for (String name : List.of("ca", "clientCertificate")) {
      String files = "\"clientKey\": \"k\", \"clientCertificate\": →\"c\"";
      files = name.equals("ca") ? "\"ca\": →\"c\"" : files;
      assertWarning(
          shared.formatted(SettingsFile.ADDRESSES, "valkey-sentinel://a/m", files),
          "shared." + name,
          "this is for TLS, and the url says valkey: write valkeys, or take this out");
    }
    String files = "\"tls\": true, \"ca\": \"c\"";
    assertEquals(
        List.of(), load(shared.formatted(SettingsFile.ADDRESSES, "valkey://a", files)).warnings());
  }

  @Test
  void aClientCertificateAndItsKeyGoTogether() {
    assertProblem(
        "{" + SettingsFile.ADDRESSES + ", \"shared\": {\"clientKey\": →\"k\"}}",
        "shared.clientKey",
        "go together");
    assertThrows(
        IllegalArgumentException.class,
        () -> new SharedConfig("", false, "", "c", "", "", "p:", 200, "local"));
  }

  @Test
  void thePasswordIsNotShown() {
    SharedConfig shared = new SharedConfig("valkey://a", false, "secret", "p:", 200, "refuse");

    assertFalse(shared.toString().contains("secret"));
    assertTrue(shared.refuses());
  }

  @Test
  void settingsOfWhatIsSharedAreDoubtfulWithoutAUrl() {
    assertWarning(
        "{" + SettingsFile.ADDRESSES + ", \"shared\": {\"onFailure\": →\"refuse\"}}",
        "shared.onFailure",
        "nothing is shared, since there is no url");
    assertEquals(List.of(), load(with("\"shared\": {}")).warnings());
    assertEquals(List.of(), load(with("\"shared\": {\"url\": \"\"}")).warnings());
  }

  @Test
  void withoutAUrlNothingIsShared() {
    SharedConfig shared = config(with("\"shared\": {\"url\": \"\", \"prefix\": \"x\"}")).shared();

    assertFalse(shared.isOn());
    assertThrows(IllegalStateException.class, shared::store);
  }
}
