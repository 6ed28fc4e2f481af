package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import ollama.gateway.demo.Client.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModelChangesTest {

  private static final String SUCCESS = "{\"status\":\"success\"}\n";

  private Demo demo;
  private DemoServer server;

  @BeforeEach
  void start() throws IOException {
    demo = Demo.start(Pace.unlimited());
    server = demo.server();
  }

  @AfterEach
  void stop() {
    demo.close();
  }

  private boolean has(String name) throws IOException {
    return Client.get(server, "/v1/models/" + name).status() == 200;
  }

  @Test
  void copiesAndDeletes() throws IOException {
    Reply copy = Client.post(server, "/api/copy", "{\"source\":\"demo\",\"destination\":\"mine\"}");
    assertEquals(200, copy.status());
    assertEquals("0", copy.head().field("content-length"));
    assertEquals("", copy.type());
    assertTrue(has("mine:latest"));
    String asOllamasCommandLine = "{\"model\":\"\",\"name\":\"mine\"}";
    Reply delete = Client.call(server, "DELETE", "/api/delete", asOllamasCommandLine);
    assertEquals(200, delete.status());
    assertEquals("0", delete.head().field("content-length"));
    assertFalse(has("mine"));
    Reply again = Client.call(server, "DELETE", "/api/delete", asOllamasCommandLine);
    assertEquals("{\"error\":\"model 'mine' not found\"}", again.body());
    Reply missing =
        Client.post(server, "/api/copy", "{\"source\":\"nosuch\",\"destination\":\"x\"}");
    assertEquals(404, missing.status());
    assertEquals("{\"error\":\"model \\\"nosuch\\\" not found\"}", missing.body());
  }

  @Test
  void createsFromAModelStepByStep() throws IOException {
    Reply reply = Client.post(server, "/api/create", "{\"model\":\"mine\",\"from\":\"demo\"}");
    assertEquals(200, reply.status());
    assertEquals("application/x-ndjson", reply.type());
    List<String> lines = reply.chunks();
    assertEquals(3, lines.size());
    assertTrue(lines.getFirst().startsWith("{\"status\":\"using existing layer sha256:"));
    assertEquals("{\"status\":\"writing manifest\"}\n", lines.get(1));
    assertEquals(SUCCESS, lines.getLast());
    assertTrue(has("mine"));
    assertEquals(
        200,
        Client.post(server, "/api/generate", "{\"model\":\"mine\",\"prompt\":\"x\"}").status());
  }

  @Test
  void createsFromFilesThatWereUploaded() throws IOException {
    String digest = "sha256:" + Sha256.hex("hello");
    String create = "{\"model\":\"mine\",\"files\":{\"a.gguf\":\"" + digest + "\"}}";
    Reply early = Client.post(server, "/api/create", create);
    assertEquals(200, early.status());
    assertTrue(early.chunks().getLast().startsWith("{\"error\":\"open sha256:"));
    assertEquals(201, Client.post(server, "/api/blobs/" + digest, "hello").status());
    assertEquals(SUCCESS, Client.post(server, "/api/create", create).chunks().getLast());
    assertTrue(has("mine"));
  }

  @Test
  void reportsErrorsOfAPullInsideItsStream() throws IOException {
    Reply stream = Client.post(server, "/api/pull", "{\"model\":\"nosuch\"}");
    assertEquals(200, stream.status());
    assertEquals("{\"status\":\"pulling manifest\"}\n", stream.chunks().getFirst());
    assertTrue(stream.chunks().getLast().startsWith("{\"error\":\"pull model manifest: "));
    Reply whole = Client.post(server, "/api/pull", "{\"model\":\"nosuch\",\"stream\":false}");
    assertEquals(500, whole.status());
    assertEquals("application/json", whole.type());
    assertTrue(whole.body().startsWith("{\"error\":\"pull model manifest: "));
  }

  @Test
  void pullsWhatItHas() throws IOException {
    Reply stream = Client.post(server, "/api/pull", "{\"name\":\"demo\"}");
    assertEquals(SUCCESS, stream.chunks().getLast());
    Reply whole = Client.post(server, "/api/pull", "{\"model\":\"demo\",\"stream\":false}");
    assertEquals("{\"status\":\"success\"}", whole.body());
  }

  @Test
  void pushesNothing() throws IOException {
    Reply missing = Client.post(server, "/api/push", "{\"model\":\"nosuch\"}");
    assertEquals("{\"status\":\"couldn't retrieve manifest\"}\n", missing.chunks().get(1));
    assertTrue(missing.chunks().getLast().startsWith("{\"error\":\"open "));
    Reply there = Client.post(server, "/api/push", "{\"model\":\"demo\"}");
    assertTrue(there.chunks().getLast().startsWith("{\"error\":"));
  }

  @Test
  void keepsABoundedNumberOfModels() {
    Models models = new Models();
    Model model = new Model("x", Instant.EPOCH, 1, "", false);
    int count = models.list().size();
    while (models.add(model.copy("copy-" + count + ":latest"))) {
      count++;
    }
    assertEquals(Models.COUNT_MAX, count);
    assertTrue(models.add(model.copy("demo:latest")), "replacing needs no room");
    assertTrue(models.remove("demo"));
    assertTrue(models.add(model.copy("another:latest")));
  }
}
