package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A running gateway makes keys while {@code key new}, in another process, does so too. */
@Timeout(120)
class NewKeysTogetherTest {

  private static final int KEYS = 30;

  @Test
  void noneIsLost() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        ChildGateway gateway = ChildGateway.start(TestGateway.before(upstream), "")) {
      FutureTask<List<String>> overHttp = new FutureTask<>(() -> overHttp(gateway));
      Thread.ofPlatform().start(overHttp);
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        keys.add(byCommand(gateway));
      }
      keys.addAll(overHttp.get(60, TimeUnit.SECONDS));
      String file = Files.readString(gateway.file());
      keys.forEach(key -> assertTrue(!file.contains(key), "a key stands in the file"));
      Set<String> kept =
          new ConfigLoader(Map.of())
              .load(gateway.file()).config().apiKeys().stream()
                  .map(ApiKey::sha256)
                  .collect(Collectors.toSet());
      for (String key : keys) {
        assertTrue(kept.contains(ApiKey.ofPlain("a", key, false).sha256()), file);
      }
      assertEquals(2 * KEYS + 1, kept.size());
    }
  }

  private static List<String> overHttp(ChildGateway gateway) throws Exception {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      try (RawClient client = gateway.connect()) {
        Answer answer = client.send(TestGateway.postOf("/config/new-key", "")).answer();
        assertEquals(200, answer.status(), answer::text);
        keys.add(answer.text());
      }
    }
    return keys;
  }

  private static String byCommand(ChildGateway gateway) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Command.NewKey asked =
        new Command.NewKey(gateway.file(), Optional.empty(), KeySettings.of(false));
    int status =
        NewKeyCommand.run(
            asked,
            Map.of(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertEquals(0, status, err::toString);
    return out.toString(StandardCharsets.UTF_8).strip();
  }
}
