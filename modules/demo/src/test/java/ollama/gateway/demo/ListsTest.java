package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.demo.Client.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Expected texts and shapes are those of a real Ollama server. */
class ListsTest {

  private static final String DETAILS =
      "\"parent_model\":\"\",\"format\":\"gguf\",\"family\":\"llama\",\"families\":[\"llama\"],"
          + "\"parameter_size\":\"150K\",\"quantization_level\":\"unknown\"";

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

  @Test
  void saysThatOllamaIsRunning() throws IOException {
    Reply reply = Client.get(server, "/");
    assertEquals(200, reply.status());
    assertEquals("text/plain; charset=utf-8", reply.type());
    assertEquals("Ollama is running", reply.body());
  }

  @Test
  void answersHeadWithoutABody() throws IOException {
    for (String path : new String[] {"/", "/api/version", "/api/tags"}) {
      Reply get = Client.get(server, path);
      Reply head = Client.call(server, "HEAD", path, "");
      assertEquals(200, head.status(), path);
      assertEquals(get.type(), head.type(), path);
      assertEquals("" + get.body().length(), head.head().field("content-length"), path);
      assertTrue(get.head().field("date").endsWith(" GMT"), path);
    }
  }

  @Test
  void tellsItsVersion() throws IOException {
    Reply reply = Client.get(server, "/api/version");
    assertEquals("application/json; charset=utf-8", reply.type());
    assertEquals("{\"version\":\"0.30.0-demo\"}", reply.body());
  }

  @Test
  void tellsThatTheCloudIsOff() throws IOException {
    assertEquals(
        "{\"cloud\":{\"disabled\":true,\"source\":\"env\"}}",
        Client.get(server, "/api/status").body());
  }

  @Test
  void listsItsModels() throws IOException {
    Reply reply = Client.get(server, "/api/tags");
    assertEquals(
        Shape.of(
            "{\"models\":[{\"name\":\"tiny:latest\",\"model\":\"tiny:latest\","
                + "\"modified_at\":\"2026-11-23T00:49:07.773447973Z\",\"size\":614255,"
                + "\"digest\":\"2d94\",\"details\":{"
                + DETAILS
                + ",\"context_length\":4096,\"embedding_length\":64},"
                + "\"capabilities\":[\"completion\"]}]}"),
        Shape.of(reply.body()));
    assertTrue(reply.body().contains("\"name\":\"demo:latest\""));
    assertTrue(reply.body().contains("\"name\":\"demo-embed:latest\""));
    assertEquals("application/json; charset=utf-8", reply.type());
  }

  @Test
  void listsWhatIsLoaded() throws IOException {
    assertEquals("{\"models\":[]}", Client.get(server, "/api/ps").body());
    Client.post(server, "/api/generate", "{\"model\":\"demo\"}");
    assertEquals(
        Shape.of(
            "{\"models\":[{\"name\":\"tiny:latest\",\"model\":\"tiny:latest\",\"size\":19503512,"
                + "\"digest\":\"2d94\",\"details\":{"
                + DETAILS
                + "},\"expires_at\":\"2026-11-23T00:54:12Z\",\"size_vram\":0,"
                + "\"context_length\":4096}]}"),
        Shape.of(Client.get(server, "/api/ps").body()));
    Client.post(server, "/api/generate", "{\"model\":\"demo\",\"keep_alive\":\"0s\"}");
    assertEquals("{\"models\":[]}", Client.get(server, "/api/ps").body());
  }

  @Test
  void listsItsModelsForOpenAi() throws IOException {
    Reply list = Client.get(server, "/v1/models");
    String model =
        "{\"id\":\"tiny\",\"object\":\"model\",\"created\":1795394947,\"owned_by\":\"library\"}";
    assertEquals("application/json", list.type());
    assertEquals(Shape.of("{\"object\":\"list\",\"data\":[" + model + "]}"), Shape.of(list.body()));
    Reply one = Client.get(server, "/v1/models/demo");
    assertEquals("application/json", one.type());
    assertEquals(Shape.of(model), Shape.of(one.body()));
    assertEquals("demo", Shape.member(one.body(), "id"));
    assertEquals(200, Client.get(server, "/v1/models/demo%3Alatest").status());
  }

  @Test
  void showsAModelUnderEitherFieldAndNameOfIt() throws IOException {
    for (String field : new String[] {"model", "name"}) {
      for (String name : new String[] {"demo", "demo:latest"}) {
        Reply reply =
            Client.post(server, "/api/show", "{\"" + field + "\":\"" + name + "\",\"x\":\"\"}");
        assertEquals(200, reply.status());
        assertEquals("{{ .Prompt }}", Shape.member(reply.body(), "template"));
      }
    }
  }

  @Test
  void tellsALongAnswerInChunks() throws IOException {
    for (int i = 0; i < 5; i++) {
      Client.post(server, "/api/copy", "{\"source\":\"demo\",\"destination\":\"copy-" + i + "\"}");
    }
    Reply reply = Client.get(server, "/api/tags");
    assertEquals("chunked", reply.head().field("transfer-encoding"));
    assertEquals(200, Client.call(server, "HEAD", "/api/tags", "").status());
  }
}
