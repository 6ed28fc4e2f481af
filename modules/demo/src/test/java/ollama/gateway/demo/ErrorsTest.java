package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.demo.Client.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Texts, statuses and content types are those of a real Ollama server. */
class ErrorsTest {

  private static final String UTF8 = "application/json; charset=utf-8";

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

  private void expect(int status, String type, String body, Reply reply) {
    assertEquals(body, reply.body());
    assertEquals(status, reply.status());
    assertEquals(type, reply.type());
  }

  @Test
  void knowsNoOtherPath() throws IOException {
    for (String path : new String[] {"/api/nosuch", "/api/", "/v1/models/", "/api/tags/x"}) {
      expect(404, "text/plain", "404 page not found", Client.get(server, path));
    }
  }

  @Test
  void tellsTheMethodsOfAPath() throws IOException {
    Reply reply = Client.call(server, "PUT", "/api/generate", "");
    expect(405, "text/plain", "405 method not allowed", reply);
    assertEquals("POST", reply.head().field("allow"));
    assertEquals("GET, HEAD", Client.post(server, "/api/tags", "").head().field("allow"));
    assertEquals("DELETE", Client.post(server, "/api/delete", "").head().field("allow"));
    Reply blob = Client.get(server, "/api/blobs/sha256:" + "0".repeat(64));
    assertEquals("HEAD, POST", blob.head().field("allow"));
  }

  @Test
  void tellsOfAMissingModelInTheShapeOfTheApi() throws IOException {
    String question = "{\"model\":\"nosuch\",\"max_tokens\":4,\"messages\":[{\"content\":\"x\"}]}";
    String nativeError = "{\"error\":\"model 'nosuch' not found\"}";
    expect(404, UTF8, nativeError, Client.post(server, "/api/chat", question));
    expect(404, UTF8, nativeError, Client.post(server, "/api/generate", question));
    expect(404, UTF8, nativeError, Client.call(server, "DELETE", "/api/delete", question));
    expect(
        404,
        UTF8,
        "{\"error\":\"model 'nosuch:latest' not found\"}",
        Client.post(server, "/api/show", question));
    expect(
        404,
        UTF8,
        "{\"error\":\"model \\\"nosuch\\\" not found, try pulling it first\"}",
        Client.post(server, "/api/embed", question));
    expect(
        404,
        "application/json",
        "{\"error\":{\"message\":\"model 'nosuch' not found\",\"type\":\"not_found_error\","
            + "\"param\":null,\"code\":null}}\n",
        Client.post(server, "/v1/chat/completions", question));
    expect(
        404,
        "application/json",
        "{\"error\":{\"message\":\"model 'nosuch:latest' not found\",\"type\":\"not_found_error\","
            + "\"param\":null,\"code\":null}}\n",
        Client.get(server, "/v1/models/nosuch"));
    Reply anthropic = Client.post(server, "/v1/messages", question);
    assertEquals(404, anthropic.status());
    assertTrue(
        anthropic
            .body()
            .startsWith(
                "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\","
                    + "\"message\":\"model 'nosuch' not found\"},\"request_id\":\"req_"),
        anthropic.body());
  }

  @Test
  void tellsOfMalformedJsonInTheShapeOfTheApi() throws IOException {
    String cut = "{\"model\":";
    expect(400, UTF8, "{\"error\":\"unexpected EOF\"}", Client.post(server, "/api/generate", cut));
    expect(
        400,
        UTF8,
        "{\"error\":{\"message\":\"unexpected EOF\",\"type\":\"invalid_request_error\","
            + "\"param\":null,\"code\":null}}",
        Client.post(server, "/v1/chat/completions", cut));
    Reply anthropic = Client.post(server, "/v1/messages", cut);
    assertEquals(400, anthropic.status());
    assertEquals(UTF8, anthropic.type());
    for (String bad :
        new String[] {
          "[]",
          "{\"a\"}",
          "no",
          "{\"messages\":[",
          "{\"options\":{\"num_predict\":1e999}",
          "{\"num_predict\":99999999999999999999",
          "[".repeat(2000),
          "{\"x\":" + "[".repeat(2000),
          "{\"keep_alive\":" + "1".repeat(2000) + "}",
          "{\"prompt\":\"",
          "\u0000"
        }) {
      assertEquals(400, Client.post(server, "/api/generate", bad).status(), bad);
    }
  }

  @Test
  void tellsOfAMissingBody() throws IOException {
    expect(
        400,
        UTF8,
        "{\"error\":\"missing request body\"}",
        Client.post(server, "/api/generate", ""));
    assertEquals(400, Client.post(server, "/v1/completions", " ").status());
  }

  @Test
  void wantsWhatTheApiWants() throws IOException {
    expect(
        400,
        UTF8,
        "{\"error\":{\"message\":\"[] is too short - 'messages'\","
            + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        Client.post(server, "/v1/chat/completions", "{\"model\":\"demo\"}"));
    String withoutBound = "{\"model\":\"demo\",\"messages\":[{\"content\":\"x\"}]}";
    assertTrue(Client.post(server, "/v1/messages", withoutBound).body().contains("max_tokens"));
    String withoutMessages = "{\"model\":\"demo\",\"max_tokens\":1}";
    assertTrue(Client.post(server, "/v1/messages", withoutMessages).body().contains("messages"));
  }

  @Test
  void tellsWhichModelCanDoWhat() throws IOException {
    expect(
        400,
        UTF8,
        "{\"error\":\"\\\"demo-embed\\\" does not support generate\"}",
        Client.post(server, "/api/generate", "{\"model\":\"demo-embed\",\"prompt\":\"x\"}"));
    expect(
        501,
        UTF8,
        "{\"error\":\"This server does not support embeddings. Start it with `--embeddings`\"}",
        Client.post(server, "/api/embed", "{\"model\":\"demo\",\"input\":\"x\"}"));
  }

  @Test
  void refusesNamesThatAreNone() throws IOException {
    for (String name : new String[] {"a b c", "", "../x", "a:b:c", "x".repeat(400)}) {
      expect(
          400,
          UTF8,
          "{\"error\":\"invalid model name\"}",
          Client.post(server, "/api/generate", "{\"model\":\"" + name + "\",\"prompt\":\"x\"}"));
    }
    assertEquals(404, Client.post(server, "/api/show", "{\"model\":\"h.io:80/a/b:c\"}").status());
  }

  @Test
  void refusesMoreJsonThanItKeeps() throws IOException {
    String large = "{\"model\":\"demo\",\"prompt\":\"" + "x".repeat(1024 * 1024) + "\"}";
    Reply reply = Client.post(server, "/api/generate", large);
    assertEquals(413, reply.status());
    assertEquals("{\"error\":\"request body too large\"}", reply.body());
  }

  @Test
  void keepsTheConnectionAfterAnError() throws IOException {
    try (Client client = new Client(server.address())) {
      client.send("POST", "/api/generate", "{");
      assertEquals(400, client.reply("POST").status());
      client.send("GET", "/api/nosuch", "");
      assertEquals(404, client.reply("GET").status());
      client.send("GET", "/", "");
      assertEquals(200, client.reply("GET").status());
    }
  }
}
