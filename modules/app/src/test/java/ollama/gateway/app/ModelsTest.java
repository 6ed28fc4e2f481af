package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.demo.DemoServer;
import ollama.gateway.demo.Pace;
import ollama.gateway.http.loop.EventLoops;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two servers that answer as Ollama does, and don't have the same models. */
@Timeout(120)
class ModelsTest {

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @AutoClose private final EventLoops loops = EventLoops.start(1);
  @AutoClose private final DemoServer one = DemoServer.start(loops, ANY, Pace.unlimited());
  @AutoClose private final DemoServer two = DemoServer.start(loops, ANY, Pace.unlimited());
  @AutoClose private final TestGateway gateway;

  ModelsTest() throws Exception {
    gateway =
        TestGateway.before(url(one), url(two))
            .set("loadBalancer", "{\"policy\": \"least-requests\"}")
            .start();
  }

  @ParameterizedTest
  @CsvSource({
    "/api/chat, messages, []",
    "/api/generate, prompt, '\"hello\"'",
    "/v1/chat/completions, messages, '[{\"role\":\"user\",\"content\":\"hi\"}]'",
    "/v1/messages, messages, '[{\"role\":\"user\",\"content\":\"hi\"}]'"
  })
  void aRequestGoesToTheServerThatHasItsModel(String path, String member, String value)
      throws Exception {
    make(two, "only-two");

    for (int i = 0; i < 10; i++) {
      String body =
          "{\"model\":\"only-two\",\"stream\":false,\"max_tokens\":5,\"%s\":%s}"
              .formatted(member, value);
      assertEquals(200, post(gateway.address(), path, body).status());
    }
  }

  @Test
  void aModelThatWasJustMadeIsFoundAtOnce() throws Exception {
    assertEquals(404, chat("later").status());
    make(one, "later");

    assertEquals(200, chat("later").status());
  }

  @Test
  void whatNobodyHasGetsTheAnswerOfAServer() throws Exception {
    Answer answer = chat("nosuch");

    assertEquals(404, answer.status());
    assertEquals("{\"error\":\"model 'nosuch' not found\"}", answer.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/tags", "/v1/models"})
  void aListHasTheModelsOfAllServersEachOnce(String path) throws Exception {
    make(one, "only-one");
    make(two, "only-two");
    make(one, "both");
    make(two, "both");

    Answer list = get(path);

    assertEquals(200, list.status());
    assertEquals("application/json; charset=utf-8", list.field("Content-Type"));
    assertEquals(1, entries(list.text(), "only-one"));
    assertEquals(1, entries(list.text(), "only-two"));
    assertEquals(1, entries(list.text(), "both"));
  }

  @Test
  void theListOfWhatIsLoadedIsThatOfAllServers() throws Exception {
    make(one, "only-one");
    make(two, "only-two");
    assertEquals(200, chat("only-one").status());
    assertEquals(200, chat("only-two").status());

    String list = get("/api/ps").text();

    assertTrue(list.contains("only-one") && list.contains("only-two"), list);
  }

  @Test
  void aServerThatIsDownIsLeftOutOfLists() throws Exception {
    make(one, "only-one");
    make(two, "only-two");
    two.close();

    Answer list = get("/api/tags");

    assertEquals(200, list.status());
    assertTrue(list.text().contains("only-one"));
    assertFalse(list.text().contains("only-two"));
  }

  @Test
  void whereNobodyTellsAListTheAnswerSaysThatNoServerCouldBeReached() throws Exception {
    one.close();
    two.close();

    assertEquals(503, get("/api/tags").status());
  }

  @Test
  void whereEachHasItsTurnModelsMakeNoDifference() throws Exception {
    make(two, "only-two");
    gateway.set("loadBalancer", "{\"policy\": \"round-robin\"}");
    gateway.process().reload();

    int first = chat("only-two").status();
    int second = chat("only-two").status();

    assertEquals(200 + 404, first + second);
  }

  private Answer chat(String model) throws IOException {
    return post(
        gateway.address(),
        "/api/chat",
        "{\"model\":\"" + model + "\",\"messages\":[],\"stream\":false}");
  }

  private Answer get(String path) throws IOException {
    try (RawClient client = new RawClient(gateway.address())) {
      String head = "GET " + path + " HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "\r\n";
      return client.send(head).answer();
    }
  }

  /** On the server itself, as somebody does who logs in there. */
  private static void make(DemoServer server, String model) throws IOException {
    String body = "{\"model\":\"" + model + "\",\"from\":\"demo\",\"stream\":false}";
    Answer answer = post(server.address(), "/api/create", body);
    assertEquals(200, answer.status(), answer.text());
  }

  private static Answer post(InetSocketAddress address, String path, String body)
      throws IOException {
    try (RawClient client = new RawClient(address)) {
      return client
          .send(
              "POST "
                  + path
                  + " HTTP/1.1\r\nHost: localhost\r\n"
                  + TestGateway.AUTH
                  + "Content-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body)
          .answer();
    }
  }

  /** In how many entries a name stands. */
  private static int entries(String list, String name) {
    String id = "\"" + name + ":latest\"";
    int tags = count(list, "\"name\":" + id);
    return tags > 0 ? tags : count(list, "\"id\":" + id);
  }

  private static int count(String text, String part) {
    return (text.length() - text.replace(part, "").length()) / part.length();
  }

  private static String url(DemoServer server) {
    return "http://127.0.0.1:" + server.address().getPort();
  }
}
