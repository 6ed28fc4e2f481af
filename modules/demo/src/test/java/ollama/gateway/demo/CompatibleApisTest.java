package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import ollama.gateway.demo.Client.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** OpenAI's and Anthropic's APIs; expected shapes are those of a real Ollama server. */
class CompatibleApisTest {

  private static final String HI =
      "\"model\":\"demo\",\"max_tokens\":4,\"messages\":[{\"role\":\"user\",\"content\":"
          + "[{\"type\":\"text\",\"text\":\"how are you\"}]}]";
  private static final String BEGIN =
      "{\"id\":\"chatcmpl-409\",\"object\":\"x\",\"created\":1,\"model\":\"tiny\","
          + "\"system_fingerprint\":\"fp_ollama\",";
  private static final String USAGE =
      "\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":4,\"total_tokens\":8}}";

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

  private static String data(String event) {
    assertTrue(event.startsWith("data: ") && event.endsWith("\n\n"), event);
    return event.substring("data: ".length());
  }

  private static String named(String event, String name) {
    String begin = "event: " + name + "\n";
    assertTrue(event.startsWith(begin), event);
    return data(event.substring(begin.length()));
  }

  @Test
  void chatsAsAWholeByDefault() throws IOException {
    Reply reply = Client.post(server, "/v1/chat/completions", "{" + HI + "}");
    assertEquals("application/json", reply.type());
    assertEquals(
        Shape.of(
            BEGIN
                + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"a\",\"content\":\"b\"},"
                + "\"finish_reason\":\"length\"}],"
                + USAGE),
        Shape.of(reply.body()));
    assertTrue(reply.body().contains("\"content\":\"Hello! This is the\""), reply.body());
    assertTrue(reply.body().contains("\"prompt_tokens\":3,\"completion_tokens\":4"), reply.body());
    assertTrue(reply.body().endsWith("}\n"));
  }

  @Test
  void streamsChat() throws IOException {
    Reply reply = Client.post(server, "/v1/chat/completions", "{\"stream\":true," + HI + "}");
    assertEquals("text/event-stream", reply.type());
    List<String> events = reply.chunks();
    assertEquals(6, events.size());
    assertEquals(
        Shape.of(
            BEGIN
                + "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"a\",\"content\":\"b\"},"
                + "\"finish_reason\":null}]}"),
        Shape.of(data(events.getFirst())));
    assertEquals(
        Shape.of(
            BEGIN
                + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},"
                + "\"finish_reason\":null}]}"),
        Shape.of(data(events.get(1))));
    assertEquals(
        Shape.of(BEGIN + "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}"),
        Shape.of(data(events.get(4))));
    assertEquals("data: [DONE]\n\n", events.getLast());
  }

  @Test
  void endsAStreamWithTheNumbersWhenAsked() throws IOException {
    Reply reply =
        Client.post(
            server,
            "/v1/chat/completions",
            "{\"stream\":true,\"stream_options\":{\"include_usage\":true}," + HI + "}");
    List<String> events = reply.chunks();
    assertEquals(7, events.size());
    assertEquals(Shape.of(BEGIN + "\"choices\":[]," + USAGE), Shape.of(data(events.get(5))));
    assertTrue(events.get(5).contains("\"total_tokens\":7}"), events.get(5));
  }

  @Test
  void completes() throws IOException {
    String question = "\"model\":\"demo\",\"prompt\":\"hi\",\"max_tokens\":4";
    Reply whole = Client.post(server, "/v1/completions", "{" + question + "}");
    String choice = "\"choices\":[{\"text\":\"\",\"index\":0,\"finish_reason\":\"length\"}],";
    assertEquals(Shape.of(BEGIN + choice + USAGE), Shape.of(whole.body()));
    Reply stream =
        Client.post(
            server,
            "/v1/completions",
            "{\"stream\":true,\"stream_options\":{\"include_usage\":true}," + question + "}");
    List<String> events = stream.chunks();
    assertEquals(7, events.size());
    assertTrue(events.getFirst().contains("\"total_tokens\":0}"));
    assertEquals(Shape.of(BEGIN + choice + USAGE), Shape.of(data(events.get(4))));
    assertEquals(Shape.of(BEGIN + "\"choices\":[]," + USAGE), Shape.of(data(events.get(5))));
    assertEquals("data: [DONE]\n\n", events.getLast());
  }

  @Test
  void tellsAResponseAsAStoryOfEvents() throws IOException {
    String question =
        "\"model\":\"demo\",\"max_output_tokens\":2,\"input\":[{\"role\":\"user\","
            + "\"content\":\"hi\"}]";
    List<String> events =
        Client.post(server, "/v1/responses", "{\"stream\":true," + question + "}").chunks();
    String[] names = {
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed"
    };
    assertEquals(names.length, events.size());
    for (int i = 0; i < names.length; i++) {
      String data = named(events.get(i), names[i]);
      assertEquals(names[i], Shape.member(data, "type"));
      assertEquals("" + i, Shape.member(data, "sequence_number"));
    }
    assertEquals(
        Shape.of(
            "{\"content_index\":0,\"delta\":\" into\",\"item_id\":\"msg_794168\",\"logprobs\":[],"
                + "\"output_index\":0,\"sequence_number\":4,\"type\":\"x\"}"),
        Shape.of(named(events.get(4), names[4])));
    Reply whole = Client.post(server, "/v1/responses", "{" + question + "}");
    assertEquals(
        Shape.of(named(events.getLast(), "response.completed")),
        Shape.of("{\"response\":" + whole.body() + ",\"sequence_number\":1,\"type\":\"\"}"));
    assertEquals(
        Shape.of(
            """
            {"id":"resp_568016","object":"response","created_at":1795395011,"completed_at":1,
            "status":"completed","incomplete_details":null,"model":"tiny",
            "previous_response_id":null,"instructions":null,"output":[{"id":"msg_869478",
            "type":"message","status":"completed","role":"assistant","content":[
            {"type":"output_text","text":" two","annotations":[],"logprobs":[]}]}],
            "error":null,"tools":[],"tool_choice":"auto","truncation":"disabled",
            "parallel_tool_calls":true,"text":{"format":{"type":"text"}},"top_p":1,
            "presence_penalty":0,"frequency_penalty":0,"top_logprobs":0,"temperature":1,
            "reasoning":null,"usage":{"input_tokens":4,"output_tokens":4,"total_tokens":8,
            "input_tokens_details":{"cached_tokens":0},
            "output_tokens_details":{"reasoning_tokens":0}},"max_output_tokens":4,
            "max_tool_calls":null,"store":false,"background":false,"service_tier":"default",
            "metadata":{},"safety_identifier":null,"prompt_cache_key":null}
            """),
        Shape.of(whole.body()));
  }

  @Test
  void speaksAnthropicsDialect() throws IOException {
    Reply whole = Client.post(server, "/v1/messages", "{" + HI + "}");
    assertEquals(
        Shape.of(
            "{\"id\":\"msg_98\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"tiny\","
                + "\"content\":[{\"type\":\"text\",\"text\":\" also\"}],"
                + "\"stop_reason\":\"max_tokens\","
                + "\"usage\":{\"input_tokens\":4,\"output_tokens\":4}}"),
        Shape.of(whole.body()));
    assertEquals("max_tokens", Shape.member(whole.body(), "stop_reason"));
    Reply stream = Client.post(server, "/v1/messages", "{\"stream\":true," + HI + "}");
    assertEquals("no-cache", stream.head().field("cache-control"));
    List<String> events = stream.chunks();
    assertEquals(9, events.size());
    assertEquals(
        Shape.of(
            "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_7\",\"type\":\"message\","
                + "\"role\":\"assistant\",\"model\":\"tiny\",\"content\":[],"
                + "\"usage\":{\"input_tokens\":1,\"output_tokens\":0}}}"),
        Shape.of(named(events.getFirst(), "message_start")));
    assertEquals(
        Shape.of(
            "{\"type\":\"content_block_start\",\"index\":0,"
                + "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"),
        Shape.of(named(events.get(1), "content_block_start")));
    assertEquals(
        Shape.of(
            "{\"type\":\"content_block_delta\",\"index\":0,"
                + "\"delta\":{\"type\":\"text_delta\",\"text\":\" before\"}}"),
        Shape.of(named(events.get(2), "content_block_delta")));
    named(events.get(6), "content_block_stop");
    assertEquals(
        Shape.of(
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},"
                + "\"usage\":{\"input_tokens\":4,\"output_tokens\":4}}"),
        Shape.of(named(events.get(7), "message_delta")));
    assertEquals("{type=text}", Shape.of(named(events.getLast(), "message_stop")));
  }
}
