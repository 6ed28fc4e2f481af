package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FreePorts;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;
import org.junit.jupiter.api.Test;

/** When the demo may take the servers' place. */
class FirstServersTest {

  @Test
  void theShippedFileIsOneThatNobodyHasTouched() throws Exception {
    Path shipped = Path.of("../../config.json");
    assertTrue(Files.exists(shipped));
    assertEquals(
        FirstServers.UNTOUCHED,
        new ConfigLoader(Map.of()).load(shipped).config().ollamaAddresses());
  }

  @Test
  void serversThatSomebodyNamedAreNeverReplaced() throws Exception {
    List<OllamaServer> named = List.of(nobody());
    assertTrue(FirstServers.silent(named));
    assertFalse(FirstServers.missing(named));
  }

  @Test
  void oneThatListensIsEnough() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple()) {
      OllamaServer there = OllamaServer.ofPlain(UpstreamAddress.parse(upstream.url()));
      assertFalse(FirstServers.silent(List.of(nobody(), there)));
      // A name with several addresses, of which the server has but one.
      assertFalse(FirstServers.silent(List.of(server("localhost", there.url().port()))));
    }
  }

  @Test
  void aNameThatIsUnknownIsSilent() {
    assertTrue(FirstServers.silent(List.of(server("nobody.invalid", 80))));
  }

  private static OllamaServer nobody() throws Exception {
    return server("127.0.0.1", FreePorts.next());
  }

  private static OllamaServer server(String host, int port) {
    return OllamaServer.ofPlain(new UpstreamAddress(host, port, ""));
  }
}
