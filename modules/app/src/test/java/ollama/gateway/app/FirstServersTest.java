package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.config.ConfigLoader;
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
    List<UpstreamAddress> named = List.of(nobody());
    assertTrue(FirstServers.silent(named));
    assertFalse(FirstServers.missing(named));
  }

  @Test
  void oneThatListensIsEnough() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple()) {
      UpstreamAddress there = UpstreamAddress.parse(upstream.url());
      assertFalse(FirstServers.silent(List.of(nobody(), there)));
      // A name with several addresses, of which the server has but one.
      assertFalse(FirstServers.silent(List.of(new UpstreamAddress("localhost", there.port(), ""))));
    }
  }

  @Test
  void aNameThatIsUnknownIsSilent() {
    assertTrue(FirstServers.silent(List.of(new UpstreamAddress("nobody.invalid", 80, ""))));
  }

  private static UpstreamAddress nobody() throws Exception {
    return new UpstreamAddress("127.0.0.1", FakeUpstream.freePort(), "");
  }
}
