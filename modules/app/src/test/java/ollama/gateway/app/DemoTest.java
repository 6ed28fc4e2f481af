package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --demo}: a stand-in takes the place of the configured servers. */
class DemoTest {

  private @TempDir Path folder = Path.of("");
  private GatewayProcess gateway;

  @BeforeEach
  void start() throws Exception {
    Path file = folder.resolve("config.json");
    Files.writeString(
        file,
        """
        {"ollamaAddresses": ["http://127.0.0.1:1"], "gatewayAddress": "127.0.0.1:0",
         "apiKeys": [%s]}
        """
            .formatted(TestGateway.entry("admin", TestGateway.KEY, true)));
    gateway = GatewayProcess.create(file, Map.of(), true);
    gateway.listen();
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void theStandInAnswersAlsoAfterAReload() throws Exception {
    assertChats();
    gateway.reload();
    assertChats();
  }

  @Test
  void aReloadWithOtherServersSaysThatTheStandInGoesOn() throws Exception {
    try (FakeUpstream configured = FakeUpstream.simple();
        ChildGateway child =
            ChildGateway.start(TestGateway.before(configured), "set -- \"$@\" --demo");
        RawClient client = child.connect()) {
      String text = Files.readString(child.file());
      Files.writeString(child.file(), text.replace(configured.url(), "http://127.0.0.1:1"));
      String reload = TestGateway.getOf("/config/reload");
      assertEquals(200, client.send(reload).answer().status());
      child.logOnceItHas(
          "ollamaAddresses changed: the demo goes on serving instead of them until the next"
              + " restart");
    }
  }

  @Test
  void theModelOfTheExamplesIsThere() throws Exception {
    try (RawClient client = new RawClient(gateway.addresses().getFirst())) {
      String get = TestGateway.getOf("/api/tags");
      Answer tags = client.send(get).answer();
      assertEquals(200, tags.status());
      assertTrue(tags.text().contains("\"demo:latest\""), tags.text());
    }
  }

  private void assertChats() throws IOException {
    try (RawClient client = new RawClient(gateway.addresses().getFirst())) {
      String json =
          "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
              + "\"options\":{\"num_predict\":3}}";
      Answer answer = client.send(TestGateway.postOf("/api/chat", json)).answer();
      assertEquals(200, answer.status());
      assertEquals("application/x-ndjson", answer.field("Content-Type"));
      assertEquals(End.COMPLETE, answer.end());
      assertTrue(answer.chunks().size() > 1, answer.text());
      assertTrue(answer.text().contains("\"done\":true"), answer.text());
    }
  }
}
