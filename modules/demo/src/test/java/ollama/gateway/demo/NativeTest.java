package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import ollama.gateway.demo.Client.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Expected shapes are those of a real Ollama server. */
class NativeTest {

  private static final String LAST =
      "\"done\":true,\"done_reason\":\"length\",\"total_duration\":14416142,"
          + "\"load_duration\":1579468,\"prompt_eval_count\":13,\"prompt_eval_duration\":3025000,"
          + "\"eval_count\":4,\"eval_duration\":2803000}";
  private static final String BEGIN =
      "{\"model\":\"tiny\",\"created_at\":\"2026-11-23T00:50:10.493150882Z\",";
  private static final String MESSAGE =
      "\"message\":{\"role\":\"assistant\",\"content\":\" think\"},";
  private static final String FOUR_WORDS = "\"options\":{\"temperature\":0,\"num_predict\":4}";
  private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

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
  void streamsGeneratedWordsByDefault() throws IOException {
    Reply reply =
        Client.post(
            server,
            "/api/generate",
            "{\"model\":\"demo\",\"prompt\":\"hello world\"," + FOUR_WORDS + "}");
    assertEquals("application/x-ndjson", reply.type());
    List<String> lines = reply.chunks();
    assertEquals(5, lines.size());
    for (String line : lines.subList(0, 4)) {
      assertTrue(line.endsWith("}\n"));
      assertEquals(Shape.of(BEGIN + "\"response\":\" get\",\"done\":false}"), Shape.of(line));
    }
    assertEquals(" This", Shape.member(lines.get(1), "response"));
    String last = lines.getLast();
    assertEquals(Shape.of(BEGIN + "\"response\":\"\",\"context\":[456]," + LAST), Shape.of(last));
    assertEquals("length", Shape.member(last, "done_reason"));
    assertEquals("demo", Shape.member(last, "model"));
    assertEquals("2", Shape.member(last, "prompt_eval_count"));
    assertEquals("4", Shape.member(last, "eval_count"));
  }

  @Test
  void generatesAsAWhole() throws IOException {
    Reply reply =
        Client.post(
            server,
            "/api/generate",
            "{\"model\":\"demo:latest\",\"prompt\":\"x\","
                + "\"stream\":false,"
                + FOUR_WORDS
                + "}");
    assertEquals("application/json; charset=utf-8", reply.type());
    assertTrue(reply.chunks().isEmpty());
    assertEquals(
        Shape.of(BEGIN + "\"response\":\"\",\"context\":[456]," + LAST), Shape.of(reply.body()));
    assertEquals("Hello! This is the", Shape.member(reply.body(), "response"));
    assertEquals("demo:latest", Shape.member(reply.body(), "model"));
  }

  @Test
  void streamsChatByDefault() throws IOException {
    Reply reply =
        Client.post(server, "/api/chat", "{\"model\":\"demo\"," + HI + "," + FOUR_WORDS + "}");
    List<String> lines = reply.chunks();
    assertEquals(5, lines.size());
    assertEquals(Shape.of(BEGIN + MESSAGE + "\"done\":false}"), Shape.of(lines.getFirst()));
    assertEquals(Shape.of(BEGIN + MESSAGE + LAST), Shape.of(lines.getLast()));
    assertEquals("1", Shape.member(lines.getLast(), "prompt_eval_count"));
  }

  @Test
  void chatsAsAWhole() throws IOException {
    Reply reply =
        Client.post(server, "/api/chat", "{\"stream\":false,\"model\":\"demo\"," + HI + "}");
    assertEquals(Shape.of(BEGIN + MESSAGE + LAST), Shape.of(reply.body()));
    assertEquals("stop", Shape.member(reply.body(), "done_reason"));
  }

  @Test
  void saysAllItHasToSayWithoutABound() throws IOException {
    Reply reply = Client.post(server, "/api/generate", "{\"model\":\"demo\",\"prompt\":\"x\"}");
    List<String> lines = reply.chunks();
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      text.append(Shape.member(line, "response"));
    }
    assertTrue(text.toString().contains("No model runs here"), text.toString());
    assertTrue(text.toString().contains("\"ollamaAddresses\" of config.json"), text.toString());
    assertTrue(text.toString().contains("\n\nFor real answers"), text.toString());
    assertEquals("stop", Shape.member(lines.getLast(), "done_reason"));
    assertEquals("" + (lines.size() - 1), Shape.member(lines.getLast(), "eval_count"));
  }

  @Test
  void speaksOnUntilTheBoundWhenItsEndIsToBeIgnored() throws IOException {
    Reply reply =
        Client.post(
            server,
            "/api/generate",
            "{\"model\":\"demo\",\"prompt\":\"x\","
                + "\"options\":{\"ignore_eos\":true,\"num_predict\":300}}");
    assertEquals(301, reply.chunks().size());
    assertEquals("length", Shape.member(reply.chunks().getLast(), "done_reason"));
  }

  @Test
  void onlyLoadsAModelThatIsAskedNothing() throws IOException {
    Reply load = Client.post(server, "/api/generate", "{\"model\":\"demo\",\"prompt\":\"\"}");
    assertEquals("application/json; charset=utf-8", load.type());
    assertEquals(
        Shape.of(BEGIN + "\"response\":\"\",\"done\":true,\"done_reason\":\"load\"}"),
        Shape.of(load.body()));
    assertEquals("load", Shape.member(load.body(), "done_reason"));
    Reply unload =
        Client.post(server, "/api/chat", "{\"model\":\"demo\",\"messages\":[],\"keep_alive\":0}");
    assertEquals(
        Shape.of(BEGIN + MESSAGE + "\"done\":true,\"done_reason\":\"load\"}"),
        Shape.of(unload.body()));
    assertEquals("unload", Shape.member(unload.body(), "done_reason"));
  }

  @Test
  void streamsToHttp10UntilItCloses() throws IOException {
    String body = "{\"model\":\"demo\",\"prompt\":\"x\",\"options\":{\"num_predict\":1}}";
    try (Client client = new Client(server.address())) {
      client.sendRaw(
          "POST /api/generate HTTP/1.0\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
      assertEquals("", client.head().field("transfer-encoding"));
      assertEquals(2, client.rest().lines().count());
    }
  }
}
