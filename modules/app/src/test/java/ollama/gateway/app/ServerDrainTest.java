package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers that an administrator looks at and takes out of service. */
@Timeout(120)
class ServerDrainTest {

  private static final String SERVERS = "/gateway/servers";

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two");

  @Test
  void aDrainedServerGetsNoNewRequestsUntilItIsResumed() throws Exception {
    try (TestGateway gateway = gateway()) {
      String drained = object(post(gateway, "first", "drain"));
      assertTrue(drained.contains("\"state\":\"draining\",\"up\":true"), drained);
      for (int i = 0; i < 4; i++) {
        assertEquals("{\"by\":\"two\"}", gateway.get("/api/x").text());
      }
      String again = object(post(gateway, "first", "drain"));
      assertEquals(drained, again);

      String resumed = object(post(gateway, "first", "resume"));
      assertTrue(resumed.contains("\"state\":\"up\",\"up\":true"), resumed);
      assertEquals(200, post(gateway, "first", "resume").status());
      String both = gateway.get("/api/x").text() + gateway.get("/api/x").text();
      assertTrue(both.contains("one") && both.contains("two"), both);
    }
  }

  @Test
  void whereAllAreDrainedTheAnswerSaysSo() throws Exception {
    try (TestGateway gateway = gateway()) {
      assertEquals(200, post(gateway, "first", "drain").status());
      assertEquals(200, post(gateway, "127.0.0.1:" + two.port(), "drain").status());

      Answer refused = gateway.get("/api/x");
      assertEquals(503, refused.status());
      assertEquals("1", refused.field("Retry-After"));
      assertEquals(
          "{\"error\":\"Every Ollama server that could answer this is being drained\"}",
          refused.text());
      Answer ready = gateway.get("/gateway/ready");
      assertEquals(503, ready.status());
      assertTrue(ready.text().contains("drained"), ready.text());
      assertEquals(0, one.seen().size() + two.seen().size());
    }
  }

  @Test
  void aDrainSurvivesAReload() throws Exception {
    try (TestGateway gateway = gateway()) {
      assertEquals(200, post(gateway, "first", "drain").status());
      gateway.set("ollamaAddresses", servers("renamed"));
      gateway.process().reload();

      assertEquals("{\"by\":\"two\"}", gateway.get("/api/x").text());
      assertTrue(gateway.get(SERVERS).text().contains("\"renamed\""));
      assertEquals(404, post(gateway, "first", "resume").status());
      assertEquals(200, post(gateway, "renamed", "resume").status());
    }
  }

  @Test
  void whatIsUnderWayGoesOn() throws Exception {
    CountDownLatch drained = new CountDownLatch(1);
    one.script(
        call -> {
          call.await(drained);
          call.respond(200, "{\"by\":\"one\"}");
        });
    try (TestGateway gateway = gateway();
        RawClient client = gateway.connect()) {
      // The first turn is that of the first server.
      RawClient _ = client.send(TestGateway.getOf("/api/x"));
      one.awaitSeen(1);
      String object = object(post(gateway, "first", "drain"));
      assertTrue(object.contains("\"inFlight\":1"), object);
      drained.countDown();
      assertEquals("{\"by\":\"one\"}", client.answer(false).text());
    }
  }

  @Test
  void theListTellsWhatIsKnownOfEachAndNoSecrets() throws Exception {
    try (TestGateway gateway = gateway()) {
      Answer list = gateway.get(SERVERS);

      assertEquals(200, list.status());
      assertEquals("application/json; charset=utf-8", list.field("Content-Type"));
      String number = "\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z";
      String rest =
          "\"state\":\"up\",\"up\":true,\"models\":null,\"loaded\":\\[\\],\"inFlight\":0,\"waiting\":0,"
              + "\"learned\":\\[\\],\"lastError\":null,\"since\":\""
              + number
              + "\"\\}";
      String expected =
          "\\[\\{\"name\":\"first\",\"url\":\""
              + one.url()
              + "\","
              + rest
              + ",\\{\"name\":\"127.0.0.1:"
              + two.port()
              + "\",\"url\":\""
              + two.url()
              + "\","
              + rest
              + "\\]";
      assertTrue(list.text().matches(expected), list.text());
      assertFalse(list.toString().contains("of-the-server"));
      Answer head =
          gateway.ask("HEAD " + SERVERS + " HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "\r\n");
      assertEquals(200, head.status());
      assertEquals("", head.text());
    }
  }

  @Test
  void aNameThatNoServerHasIsToldWithTheKnownOnes() throws Exception {
    try (TestGateway gateway = gateway()) {
      Answer unknown = post(gateway, "nosuch", "drain");
      assertEquals(404, unknown.status());
      assertEquals(
          "{\"error\":\"No server has this name; these are known: first, 127.0.0.1:"
              + two.port()
              + "\"}",
          unknown.text());
      assertEquals(200, post(gateway, "%66irst", "drain").status());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET  | /gateway/servers              | 200 | POST   | GET, HEAD",
        "POST | /gateway/servers/first/drain  | 200 | GET    | POST",
        "POST | /gateway/servers/first/resume | 200 | DELETE | POST",
      })
  void onlyAdministratorsMay(String method, String path, int ok, String other, String allow)
      throws Exception {
    try (TestGateway gateway =
        plan()
            .set(
                "apiKeys", "[" + TestGateway.entry("admin", TestGateway.KEY, true) + ", \"plain\"]")
            .start()) {
      String request = " " + path + " HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n%s\r\n";
      assertEquals(401, gateway.ask(method + request.formatted("")).status());
      assertEquals(401, gateway.ask(method + request.formatted("Authorization: no\r\n")).status());
      Answer plain = gateway.ask(method + request.formatted("Authorization: plain\r\n"));
      assertEquals(403, plain.status());
      assertEquals(ok, gateway.ask(method + request.formatted(TestGateway.AUTH)).status());
      Answer wrong = gateway.ask(other + request.formatted(TestGateway.AUTH));
      assertEquals(405, wrong.status());
      assertEquals(allow, wrong.field("Allow"));
    }
  }

  private static String object(Answer answer) {
    assertEquals(200, answer.status(), answer.text());
    return answer.text();
  }

  private static Answer post(TestGateway gateway, String name, String what) throws Exception {
    return gateway.post(SERVERS + "/" + name + "/" + what, "");
  }

  private TestGateway gateway() throws Exception {
    return plan().startChecked(one, two);
  }

  private TestGateway.Plan plan() {
    return TestGateway.before(one, two).set("ollamaAddresses", servers("first"));
  }

  private String servers(String name) {
    return "[{\"url\": \""
        + one.url()
        + "\", \"name\": \""
        + name
        + "\", \"headers\": {\"X-Token\": \"of-the-server\"}}, \""
        + two.url()
        + "\"]";
  }
}
