package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.app.testing.Certificates;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.http.tls.TlsChallenges;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files by which TLS is spoken with the store and with the collector. */
final class TlsFilesTest {

  private static final String SHARED = "\"shared\": {\"url\": \"valkeys://s\"%s}";
  private static final String TRACING = "\"tracing\": {\"endpoint\": \"https://c\"%s}";

  @TempDir Path folder;
  private TlsFiles files;

  @BeforeEach
  void start() {
    files = new TlsFiles(folder.resolve("config.json"), Map.of(), new TlsChallenges());
  }

  private static GatewayConfig config(String members) throws ConfigException {
    String json = "{\"ollamaAddresses\": [\"http://localhost:1\"], " + members + "}";
    return new ConfigLoader(Map.of())
        .parse("config.json", json.getBytes(StandardCharsets.UTF_8))
        .config();
  }

  private void write(String name, String host) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    Instant now = Instant.now();
    byte[] der = Certificates.of(host, keys, now, now.plusSeconds(3600)).getEncoded();
    String pem = Base64.getMimeEncoder().encodeToString(der);
    Path _ =
        Files.writeString(
            folder.resolve(name),
            "-----BEGIN CERTIFICATE-----\n" + pem + "\n-----END CERTIFICATE-----\n");
  }

  private String refused(String members) {
    ConfigException e = assertThrows(ConfigException.class, () -> files.read(config(members)));
    return String.valueOf(e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"shared, ca", "tracing, ca", "shared, clientCertificate"})
  void aFileThatCannotBeUsedIsNamedWithWhatIsWrong(String block, String name) throws IOException {
    String form = block.equals("shared") ? SHARED : TRACING;
    String more = ", \"" + name + "\": \"x.pem\"";
    String members = form.formatted(name.equals("ca") ? more : more + ", \"clientKey\": \"k\"");

    String missing = refused(members);
    assertTrue(
        missing.contains(block + ": " + folder.resolve("x.pem") + ": no such file"), missing);
    Path _ = Files.writeString(folder.resolve("x.pem"), "nothing");
    String empty = refused(members);
    assertTrue(
        empty.contains(folder.resolve("x.pem") + ": there is no CERTIFICATE in it: expected PEM"),
        empty);
    assertEquals(Optional.empty(), files.toStore());
    assertEquals(Optional.empty(), files.toCollector());
    assertTrue(files.paths().contains(folder.resolve("x.pem")));
  }

  @Test
  void withoutFilesOrWithoutTlsItIsAsTheJdkHasIt() throws Exception {
    String both = SHARED.formatted("") + ", " + TRACING.formatted("");
    TlsFiles.Tls _ = files.read(config(both));
    assertEquals(Optional.empty(), files.toStore());
    assertEquals(Optional.empty(), files.toCollector());

    String ca = ", \"ca\": \"missing.pem\"";
    String plain = SHARED.formatted(ca) + ", " + TRACING.formatted(ca);
    plain = plain.replace("valkeys:", "valkey:").replace("https:", "http:");
    TlsFiles.Tls _ = files.read(config(plain));
    assertEquals(Optional.empty(), files.toStore());
    assertEquals(Optional.empty(), files.toCollector());
  }

  @Test
  void whatSpeaksTlsStaysTheSameUntilAFileChanges() throws Exception {
    write("store.pem", "store");
    write("collector.pem", "collector");
    GatewayConfig config =
        config(
            SHARED.formatted(", \"ca\": \"store.pem\"")
                + ", "
                + TRACING.formatted(", \"ca\": \"collector.pem\""));
    TlsFiles.Tls _ = files.read(config);
    SSLSocketFactory store = files.toStore().orElseThrow();
    SSLSocketFactory collector = files.toCollector().orElseThrow();
    assertEquals(
        List.of(folder.resolve("store.pem"), folder.resolve("collector.pem")), files.paths());

    TlsFiles.Tls _ = files.read(config);
    assertSame(store, files.toStore().orElseThrow());
    assertSame(collector, files.toCollector().orElseThrow());

    write("collector.pem", "collector");
    assertTrue(files.haveChanged());
    TlsFiles.Tls _ = files.read(config);
    assertSame(store, files.toStore().orElseThrow());
    assertNotEquals(collector, files.toCollector().orElseThrow());
  }
}
