package ollama.gateway.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.util.Collections;
import ollama.gateway.demo.Client.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Expected shapes are those of a real Ollama server. */
class EmbeddingsTest {

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
  void embedsOneTextOrSeveral() throws IOException {
    for (String input : new String[] {"\"hello\"", "[\"hello\",\"world\"]"}) {
      Reply reply =
          Client.post(server, "/api/embed", "{\"model\":\"demo-embed\",\"input\":" + input + "}");
      assertEquals(
          Shape.of(
              "{\"model\":\"tiny-embed\",\"embeddings\":[[0.9180181,0.09962955]],"
                  + "\"total_duration\":1,\"load_duration\":1,\"prompt_eval_count\":14}"),
          Shape.of(reply.body()));
    }
  }

  @Test
  void embedsAsBefore() throws IOException {
    Reply reply =
        Client.post(server, "/api/embeddings", "{\"model\":\"demo-embed\",\"prompt\":\"hello\"}");
    assertEquals(Shape.of("{\"embedding\":[0.918018102645874]}"), Shape.of(reply.body()));
  }

  @Test
  void embedsForOpenAi() throws IOException {
    Reply reply =
        Client.post(
            server, "/v1/embeddings", "{\"model\":\"demo-embed\",\"input\":[\"a b\",\"c\"]}");
    assertEquals(
        Shape.of(
            "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"embedding\":[0.9],"
                + "\"index\":0}],\"model\":\"tiny-embed\","
                + "\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}"),
        Shape.of(reply.body()));
  }

  @Test
  void givesTheSameVectorForTheSameText() {
    assertEquals(Embedding.of("hello".hashCode()), Embedding.of("hello".hashCode()));
    assertNotEquals(Embedding.of("hello".hashCode()), Embedding.of("world".hashCode()));
    double squares = 0;
    String[] values = Embedding.of(7).replaceAll("[\\[\\]]", "").split(",", -1);
    for (String value : values) {
      squares += Double.parseDouble(value) * Double.parseDouble(value);
    }
    assertEquals(Embedding.DIMENSIONS, values.length);
    assertEquals(1, squares, 1e-6);
  }

  @Test
  void boundsTheTextsOfARequest() throws IOException {
    String many = String.join(",", Collections.nCopies(EmbeddingRoutes.TEXTS_MAX + 1, "\"x\""));
    Reply reply =
        Client.post(server, "/api/embed", "{\"model\":\"demo-embed\",\"input\":[" + many + "]}");
    assertEquals(400, reply.status());
  }
}
