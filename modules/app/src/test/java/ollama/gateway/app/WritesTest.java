package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.demo.DemoServer;
import ollama.gateway.demo.Pace;
import ollama.gateway.http.loop.EventLoops;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What changes models, with two servers that answer as Ollama does, each with its own store. */
@Timeout(120)
class WritesTest {

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @AutoClose private final EventLoops loops = EventLoops.start(1);
  @AutoClose private final DemoServer one = DemoServer.start(loops, ANY, Pace.unlimited());
  @AutoClose private final DemoServer two = DemoServer.start(loops, ANY, Pace.unlimited());
  @AutoClose private final TestGateway gateway;

  WritesTest() throws Exception {
    gateway =
        TestGateway.before(url(one), url(two))
            .set("loadBalancer", "{\"policy\": \"least-requests\"}")
            .start();
  }

  @ParameterizedTest
  @ValueSource(strings = {"least-requests", "round-robin"})
  void whatIsUploadedCanBeMadeIntoAModelEachTime(String policy) throws Exception {
    gateway.set("loadBalancer", "{\"policy\": \"" + policy + "\"}");
    gateway.process().reload();
    for (int i = 0; i < 30; i++) {
      String content = policy + i;
      String blob = "/api/blobs/" + digest(content);
      assertEquals(404, gateway.ask(head(blob)).status());
      assertEquals(201, gateway.post(blob, content).status());
      assertEquals(200, gateway.ask(head(blob)).status());
      Answer made = create("m" + i, "\"files\":{\"m.gguf\":\"" + digest(content) + "\"}");
      assertTrue(made.text().endsWith("{\"status\":\"success\"}\n"), made.text());
      assertFalse(made.text().contains("error"), made.text());
    }
  }

  @Test
  void whatIsMadeIsFoundAtOnceAndWhatIsDeletedIsNot() throws Exception {
    for (int i = 0; i < 30; i++) {
      String name = "made" + i;
      String copy = "copy" + i;
      String servers = new String[] {"", "?servers=all", "?servers=" + name(two)}[i % 3];
      assertEquals(200, gateway.post("/api/create" + servers, from(name)).status());
      assertEquals(200, chat(name).status(), name);
      assertEquals(200, gateway.post("/api/show", "{\"model\":\"" + name + "\"}").status());
      assertEquals(200, gateway.get("/v1/models/" + name + "%3Alatest").status());
      String both = "{\"source\":\"%s\",\"destination\":\"%s\"}".formatted(name, copy);
      assertEquals(200, gateway.post("/api/copy", both).status());
      assertEquals(holders(name), holders(copy));
      assertEquals(200, chat(copy).status());
      assertTrue(gateway.get("/api/tags").text().contains("\"" + copy + ":latest\""));
      assertEquals(200, unload(copy).status());
      assertFalse(gateway.get("/api/ps").text().contains("\"" + copy + ":latest\""));
      assertEquals(200, delete(name, "").status());
      assertEquals("", holders(name));
      assertEquals(404, chat(name).status());
      assertEquals(404, gateway.post("/api/show", "{\"model\":\"" + name + "\"}").status());
      assertEquals(404, delete(name, "").status());
      assertEquals(200, delete(copy, "").status());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/pull {\"model\":\"secret\"}",
        "/api/pull?servers=all {\"model\":\"secret\"}",
        "/api/push {\"model\":\"secret\"}",
        "/api/create {\"model\":\"secret\",\"from\":\"tiny\"}",
        "/api/copy {\"source\":\"tiny\",\"destination\":\"secret\"}",
        "/api/generate {\"model\":\"secret\",\"keep_alive\":0}",
      })
  void whatNoServerIsUsedForIsNoModelToo(String request) throws Exception {
    gateway.set(
        "ollamaAddresses",
        "[{\"url\":\"%s\",\"models\":[\"tiny*\"]},{\"url\":\"%s\",\"models\":[\"x*\"]}]"
            .formatted(url(one), url(two)));
    gateway.process().reload();
    String[] parts = request.split(" ", 2);

    Answer answer = gateway.post(parts[0], parts[1]);

    assertEquals(404, answer.status(), answer::text);
    assertTrue(answer.text().contains("model 'secret:latest' not found"), answer::text);
  }

  @Test
  void aModelIsUnloadedWhereverItIsLoaded() throws Exception {
    make(one, "both");
    make(two, "both");
    for (DemoServer server : new DemoServer[] {one, two}) {
      String body = "{\"model\":\"both\",\"stream\":false,\"messages\":[{\"content\":\"x\"}]}";
      assertEquals(200, post(server, "/api/chat", body).status());
      assertTrue(get(server, "/api/ps").contains("both"));
    }

    Answer answer = unload("both");

    assertEquals(200, answer.status());
    assertTrue(answer.text().contains("\"done_reason\":\"unload\""), answer.text());
    assertFalse(get(one, "/api/ps").contains("both"));
    assertFalse(get(two, "/api/ps").contains("both"));
  }

  @Test
  void aModelIsUnloadedWhereItCameToWithoutTheGatewayToo() throws Exception {
    assertEquals(200, gateway.post("/api/create?servers=all", from("other")).status());
    assertEquals(200, gateway.post("/api/create?servers=" + name(one), from("late")).status());
    make(two, "late");
    String body = "{\"model\":\"late\",\"stream\":false,\"messages\":[{\"content\":\"x\"}]}";
    assertEquals(200, post(two, "/api/chat", body).status());

    assertEquals(200, unload("late").status());

    assertFalse(get(two, "/api/ps").contains("late"));
  }

  @Test
  void whatNobodyHasIsToldByOne() throws Exception {
    for (Answer answer : new Answer[] {delete("nosuch", ""), unload("nosuch")}) {
      assertEquals(404, answer.status());
      assertEquals("{\"error\":\"model 'nosuch' not found\"}", answer.text());
    }
    String both = "{\"source\":\"nosuch\",\"destination\":\"x\"}";
    assertEquals(404, gateway.post("/api/copy", both).status());
    assertEquals(404, delete("nosuch", "?servers=all").status());
  }

  @Test
  void whereNobodyHasItOnlyWhoFailedIsToBeAskedAgain() throws Exception {
    two.close();

    Answer answer = delete("nosuch", "?servers=all");

    assertTrue(answer.status() >= 502, "it may just be closing, or be closed");
    String advice = "Done by none. For what is left, send the same request with ?servers=";
    assertTrue(answer.text().endsWith(advice + name(two) + "\"}"), answer.text());
    assertFalse(answer.text().contains(name(one)), answer.text());
  }

  @Test
  void aModelIsMadeWhereItsBaseIs() throws Exception {
    make(two, "base");

    Answer made = gateway.post("/api/create", from("derived", "base"));

    assertTrue(made.text().contains("success"), made.text());
    assertEquals("two", holders("derived"));
  }

  @Test
  void aClientNamesTheServersItselfInTheQueryOrAField() throws Exception {
    String body = from("named");
    assertEquals(200, gateway.post("/api/create?x=y&servers=" + name(two), body).status());
    assertEquals("two", holders("named"));
    String field = "X-Gateway-Servers: " + name(one) + "\r\nContent-Length: " + body.length();
    assertEquals(200, gateway.ask(TestGateway.postHeadOf("/api/create", field) + body).status());
    assertEquals("one two", holders("named"));

    assertEquals(200, delete("named", "?servers=" + name(one)).status());

    assertEquals("two", holders("named"));
  }

  @Test
  void aNameThatIsNoneGetsAListOfTheOthers() throws Exception {
    Answer answer = gateway.post("/api/pull?servers=elsewhere", from("x"));

    assertEquals(400, answer.status());
    assertEquals(
        "{\"error\":\"No server is called elsewhere: servers= takes names out of "
            + name(one)
            + ", "
            + name(two)
            + ", or all\"}",
        answer.text());
  }

  @Test
  void severalServersTellHowTheyGetOnInOneStreamThatEndsOnce() throws Exception {
    Answer made = gateway.post("/api/create?servers=all", from("everywhere"));

    assertEquals("application/x-ndjson", made.field("Content-Type"));
    assertEquals("one two", holders("everywhere"));
    List<String> lines = made.text().lines().toList();
    assertEquals("{\"status\":\"success\"}", lines.getLast());
    for (DemoServer server : new DemoServer[] {one, two}) {
      int end = lines.indexOf("{\"status\":\"" + name(server) + ": success\"}");
      assertTrue(end >= 0, made.text());
      List<Integer> own =
          IntStream.range(0, lines.size())
              .filter(i -> lines.get(i).contains("\"server\":\"" + name(server) + "\"}"))
              .boxed()
              .toList();
      assertEquals(2, own.size(), made.text());
      assertTrue(own.getLast() < end, made.text());
    }
    assertEquals(7, lines.size(), made.text());
  }

  @Test
  void whereOneOfTwoFailsTheEndSaysWhatIsLeftToDo() throws Exception {
    make(one, "here");

    Answer pulled = gateway.post("/api/pull?servers=all", "{\"model\":\"here\"}");

    assertEquals(200, pulled.status());
    assertEquals(
        "{\"error\":\""
            + name(two)
            + ": pull model manifest: the demo server downloads nothing, and has no here. Done by "
            + name(one)
            + ". For what is left, send the same request with ?servers="
            + name(two)
            + "\"}",
        pulled.text().lines().toList().getLast());
    assertFalse(pulled.text().contains("{\"status\":\"success\"}"), pulled.text());
    String failed =
        "{\"status\":\"failed: pull model manifest: the demo server downloads nothing, and has no"
            + " here\",\"server\":\""
            + name(two)
            + "\"}";
    assertEquals(1, pulled.text().lines().filter(failed::equals).count(), pulled.text());

    Answer whole = gateway.post("/api/pull?servers=all", "{\"model\":\"here\",\"stream\":false}");
    assertEquals(500, whole.status());
    assertTrue(whole.text().endsWith("?servers=" + name(two) + "\"}"), whole.text());
  }

  @Test
  void whoHasFailedOrIsDoneIsToldWhileOthersGoOn() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (FakeUpstream slow =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  call.await(told);
                  call.send("14\r\n{\"status\":\"success\"}\r\n0\r\n\r\n");
                });
        TestGateway three =
            TestGateway.before(url(one), FakeUpstream.refusing(), slow.url()).start();
        RawClient client = three.connect()) {
      make(one, "here");
      client.send(TestGateway.postOf("/api/pull?servers=all", "{\"model\":\"here\"}"));

      Head _ = client.head();
      Set<String> early = new HashSet<>();
      while (!early.contains(done(name(one)))
          || early.stream().noneMatch(WritesTest::tellsFailure)) {
        early.add(client.chunk());
      }
      assertFalse(early.contains(done(name(slow.url()))), early.toString());
      told.countDown();
      assertEquals(done(name(slow.url())), client.chunk());
      String end = client.chunk();
      assertTrue(end.startsWith("{\"error\":\"" + name(FakeUpstream.refusing()) + ": "), end);
      assertEquals("", client.chunk());
    }
  }

  @Test
  void aBlobIsUploadedToSeveralAndOneThatHasItHoldsUpNobody() throws Exception {
    String content = "content".repeat(100_000);
    String blob = "/api/blobs/" + digest(content);
    for (String servers : new String[] {"?servers=" + name(one), "?servers=all", "?servers=all"}) {
      Answer uploaded = gateway.post(blob + servers, content);
      assertTrue(uploaded.status() == 200 || uploaded.status() == 201, uploaded.toString());
    }
    assertEquals(200, gateway.ask(head(blob + "?servers=all")).status());
    String half = "/api/blobs/" + digest("half");
    assertEquals(201, gateway.post(half + "?servers=" + name(two), "half").status());
    assertEquals(404, gateway.ask(head(half + "?servers=all")).status());
    assertEquals(200, gateway.ask(head(half + "?servers=" + name(two))).status());
  }

  @Test
  void aBodyThatIsNotKeptGoesToOneServerOnly() throws Exception {
    gateway.set("limits", "{\"replayBytes\": 1000}");
    gateway.process().reload();
    String body = from("large").replace("{", "{\"license\":\"" + "x".repeat(100_000) + "\",");

    Answer refused = gateway.post("/api/create?servers=all", body);

    assertEquals(413, refused.status());
    assertTrue(refused.text().contains("limits.replayBytes"), refused.text());
    assertEquals(200, gateway.post("/api/create?servers=" + name(one), body).status());
    assertEquals("one", holders("large"));
  }

  private Answer create(String name, String rest) throws IOException {
    return gateway.post("/api/create", "{\"model\":\"" + name + "\"," + rest + "}");
  }

  private Answer chat(String model) throws IOException {
    return gateway.post(
        "/api/chat",
        "{\"model\":\"" + model + "\",\"messages\":[{\"content\":\"x\"}],\"stream\":false}");
  }

  private Answer unload(String model) throws IOException {
    return gateway.post("/api/generate", "{\"model\":\"" + model + "\",\"keep_alive\":0}");
  }

  private Answer delete(String model, String query) throws IOException {
    String body = "{\"model\":\"" + model + "\"}";
    return gateway.ask(
        TestGateway.postOf("/api/delete" + query, body).replaceFirst("POST", "DELETE"));
  }

  private static String head(String path) {
    return TestGateway.getOf(path).replaceFirst("GET", "HEAD");
  }

  private static String from(String name) {
    return from(name, "demo");
  }

  private static String from(String name, String base) {
    return "{\"model\":\"" + name + "\",\"from\":\"" + base + "\"}";
  }

  private String holders(String model) throws IOException {
    String entry = "\"name\":\"" + model + ":latest\"";
    boolean inOne = get(one, "/api/tags").contains(entry);
    boolean inTwo = get(two, "/api/tags").contains(entry);
    return Stream.of(inOne ? "one" : "", inTwo ? "two" : "")
        .filter(name -> !name.isEmpty())
        .collect(Collectors.joining(" "));
  }

  /** On the server itself, as somebody does who logs in there. */
  private static void make(DemoServer server, String model) throws IOException {
    assertEquals(200, post(server, "/api/create", from(model)).status());
  }

  private static Answer post(DemoServer server, String path, String body) throws IOException {
    try (RawClient client = new RawClient(server.address())) {
      return client
          .send(TestGateway.postOf(path, body).replace("Host: gateway", "Host: localhost"))
          .answer();
    }
  }

  private static String get(DemoServer server, String path) throws IOException {
    try (RawClient client = new RawClient(server.address())) {
      return client
          .send(TestGateway.getOf(path).replace("Host: gateway", "Host: localhost"))
          .answer()
          .text();
    }
  }

  private static String digest(String content) throws Exception {
    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
    return "sha256:" + HexFormat.of().formatHex(hash);
  }

  private static String name(DemoServer server) {
    return "127.0.0.1:" + server.address().getPort();
  }

  private static String name(String url) {
    return url.substring("http://".length());
  }

  private static boolean tellsFailure(String line) {
    return line.startsWith("{\"status\":\"failed: ");
  }

  private static String done(String name) {
    return "{\"status\":\"" + name + ": success\"}\n";
  }

  private static String url(DemoServer server) {
    return "http://" + name(server);
  }
}
