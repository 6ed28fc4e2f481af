package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page for administrators, as a browser asks for it. */
@Timeout(120)
class StatusPageTest {

  private static final String ALICE = "alice-has-this-key";
  private static final String EVENTS = "Accept: text/event-stream";
  private static final String CHAT =
      "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"done\":true,"
          + "\"done_reason\":\"stop\",\"total_duration\":5000,\"prompt_eval_count\":13,"
          + "\"prompt_eval_duration\":1000,\"eval_count\":4,\"eval_duration\":2000}";
  private static final String TWO_KEYS =
      keys(
          TestGateway.entry("root", TestGateway.KEY, true),
          TestGateway.entry("alice", ALICE, false));

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  private static String keys(String... entries) {
    return "[" + String.join(",", entries) + "]";
  }

  private TestGateway gateway() throws Exception {
    return TestGateway.before(server).set("apiKeys", TWO_KEYS).start();
  }

  private static String request(String line, String... fields) {
    StringBuilder request = new StringBuilder(line + " HTTP/1.1\r\nHost: gateway\r\n");
    for (String field : fields) {
      request.append(field).append("\r\n");
    }
    return request + (line.startsWith("POST") ? "Content-Length: 0\r\n\r\n" : "\r\n");
  }

  private static String bearer(String key) {
    return "Authorization: Bearer " + key;
  }

  /** The field with the cookie of an admin who logs in. */
  private static String login(TestGateway gateway) throws Exception {
    return login(gateway, TestGateway.KEY);
  }

  private static String login(TestGateway gateway, String key) throws Exception {
    Answer answer = gateway.ask(request("POST /gateway/login", bearer(key)));
    assertEquals(204, answer.status(), answer::text);
    Matcher cookie =
        Pattern.compile("(gateway_session=[\\w-]{43}); Path=/gateway/; HttpOnly; SameSite=Strict")
            .matcher(answer.field("Set-Cookie"));
    assertTrue(cookie.matches(), answer.field("Set-Cookie"));
    return "Cookie: other=1; " + cookie.group(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "page/page.js", "page/inflight.js", "page/page.css", "page/icon.svg"})
  void itsFilesAreForEverybodyAndBrowsersMustNotFrameThem(String file) throws Exception {
    try (TestGateway gateway = gateway()) {
      // Also by a link on another site.
      Answer answer = gateway.ask(request("GET /gateway/" + file, "Sec-Fetch-Site: cross-site"));
      assertEquals(200, answer.status(), answer::text);
      String policy = answer.field("Content-Security-Policy");
      assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
      assertTrue(policy.contains("frame-ancestors 'none'"), policy);
      assertEquals("DENY", answer.field("X-Frame-Options"));
      assertFalse(answer.text().contains("alice"), "a name of a key");
      assertEquals(404, gateway.ask(request("GET /gateway/page/other", bearer(ALICE))).status());
    }
  }

  @Test
  void withoutTheSlashTheAddressLeadsThere() throws Exception {
    try (TestGateway gateway = gateway()) {
      Answer answer = gateway.ask(request("GET /gateway"));
      assertEquals(308, answer.status());
      // Behind a proxy the address may begin otherwise.
      assertEquals("gateway/", answer.field("Location"));
    }
  }

  @Test
  void withoutAnAdminKeyItIsOffAndSaysHowToGetOne() throws Exception {
    String keys = keys(TestGateway.entry("alice", ALICE, false));
    try (TestGateway gateway = TestGateway.before(server).set("apiKeys", keys).start()) {
      Answer page = gateway.ask(request("GET /gateway/"));
      assertEquals(404, page.status());
      assertTrue(page.text().contains("ollama-gateway key new --name NAME --admin"), page::text);
      assertEquals(404, gateway.ask(request("POST /gateway/login", bearer(ALICE))).status());
      // Nor does any key get what the page would show.
      for (String line :
          new String[] {
            "GET /gateway/keys", "POST /gateway/keys/a/disable", "GET /gateway/events"
          }) {
        assertEquals(404, gateway.ask(request(line, bearer(ALICE))).status(), line);
      }
    }
  }

  @Test
  void itCanBeSwitchedOff() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(server)
            .set("apiKeys", TWO_KEYS)
            .set("statusPage", "{\"enabled\": false}")
            .start()) {
      assertEquals(404, gateway.ask(request("GET /gateway/")).status());
      assertEquals(
          404, gateway.ask(request("POST /gateway/login", bearer(TestGateway.KEY))).status());
    }
  }

  @Test
  void aLoginIsWorthSomethingBelowTheGatewaysPathAlone() throws Exception {
    try (TestGateway gateway = gateway()) {
      String cookie = login(gateway);
      for (String path : new String[] {"session", "servers", "status", "usage", "keys", "config"}) {
        int status = gateway.ask(request("GET /gateway/" + path, cookie)).status();
        assertEquals(path.equals("session") ? 204 : 200, status, path);
      }
      assertEquals(401, gateway.ask(request("GET /api/tags", cookie)).status());
      assertEquals(401, gateway.ask(request("POST /config/new-key", cookie)).status());
      assertEquals(401, gateway.ask(request("POST /gateway/login", cookie)).status());
      // Whatever a proxy wants besides, or another port of this host has set.
      String basic = "Authorization: Basic dXNlcjpwYXNz";
      String first = cookie.replace("other=1", "gateway_session=other");
      assertEquals(200, gateway.ask(request("GET /gateway/servers", first, basic)).status());
    }
  }

  @Test
  void onlyAnAdminKeyLogsIn() throws Exception {
    try (TestGateway gateway = gateway()) {
      Answer alice = gateway.ask(request("POST /gateway/login", bearer(ALICE)));
      assertEquals(403, alice.status());
      assertFalse(alice.toString().contains("gateway_session"), alice::toString);
      assertEquals(401, gateway.ask(request("POST /gateway/login", bearer("wrong"))).status());
      assertEquals(401, gateway.ask(request("POST /gateway/login")).status());
      String made = "Cookie: gateway_session=" + "A".repeat(43);
      assertEquals(401, gateway.ask(request("GET /gateway/servers", made)).status());
      assertEquals(401, gateway.ask(request("GET /gateway/events")).status());
    }
  }

  @Test
  void aLoginEndsWithALogoutAndWithItsKey() throws Exception {
    String other = TestGateway.entry("other", "other-admins-key", true);
    String keys = keys(TestGateway.entry("root", TestGateway.KEY, true), other);
    try (TestGateway gateway = TestGateway.before(server).set("apiKeys", keys).start()) {
      String first = login(gateway);
      String second = login(gateway);
      Answer out = gateway.ask(request("POST /gateway/logout", first));
      assertEquals(204, out.status());
      assertTrue(out.field("Set-Cookie").contains("Max-Age=0"), out.field("Set-Cookie"));
      assertEquals(401, gateway.ask(request("GET /gateway/session", first)).status());
      assertEquals(204, gateway.ask(request("GET /gateway/session", second)).status());

      gateway.set("apiKeys", keys(other));
      gateway.process().reload();
      assertEquals(401, gateway.ask(request("GET /gateway/session", second)).status());
      gateway.set("apiKeys", keys);
      gateway.process().reload();
      assertEquals(401, gateway.ask(request("GET /gateway/session", second)).status());
    }
  }

  @Test
  void pagesOfOtherSitesCantUseIt() throws Exception {
    try (TestGateway gateway = gateway()) {
      String cookie = login(gateway);
      for (String site :
          new String[] {"Sec-Fetch-Site: same-site", "Origin: http://evil.example"}) {
        for (String line :
            new String[] {
              "POST /gateway/login",
              "POST /gateway/logout",
              "POST /gateway/keys",
              "POST /gateway/reload",
              "POST /gateway/api/chat",
              "GET /gateway/api/tags",
              "GET /gateway/events",
            }) {
          Answer answer = gateway.ask(request(line, cookie, site));
          assertEquals(403, answer.status(), line);
        }
      }
    }
  }

  @Test
  void whoIsLoggedInTriesAChatThatServersDontSeeTheLoginOf() throws Exception {
    server.script(
        call -> {
          String _ = call.readBody();
          call.respond(200, CHAT);
        });
    try (TestGateway gateway = gateway()) {
      String body = "{\"model\":\"tiny\",\"messages\":[]}";
      String head =
          "POST /gateway/api/chat HTTP/1.1\r\nHost: gateway\r\n"
              + login(gateway)
              + "\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n";
      Answer answer = gateway.ask(head + body);
      assertEquals(200, answer.status(), answer::text);
      assertEquals(CHAT, answer.text().strip());
      var seen = server.next();
      assertEquals("/api/chat", seen.target());
      assertFalse(seen.head().toString().contains("gateway_session"), seen.head()::toString);
    }
  }

  @Test
  void keysAreMadeWithANameAndSwitchedOffAndOn() throws Exception {
    try (TestGateway gateway = gateway()) {
      String cookie = login(gateway);
      Answer made =
          gateway.ask(request("POST /gateway/keys", cookie, "X-Key-Name: bob%27s%20laptop"));
      assertEquals(200, made.status(), made::text);
      Matcher key = Pattern.compile(".*\"key\":\"([\\w-]{43})\".*").matcher(made.text());
      assertTrue(key.matches(), made::text);
      String bob = bearer(key.group(1));
      assertEquals(200, gateway.ask(request("GET /api/tags", bob)).status());
      String twice = "X-Key-Name: bob's laptop";
      assertEquals(409, gateway.ask(request("POST /gateway/keys", cookie, twice)).status());

      String path = "POST /gateway/keys/bob%27s%20laptop/";
      assertEquals(200, gateway.ask(request(path + "disable", cookie)).status());
      assertEquals(401, gateway.ask(request("GET /api/tags", bob)).status());
      String list = gateway.ask(request("GET /gateway/keys", cookie)).text();
      assertTrue(
          list.contains(
              "\"name\":\"bob's laptop\",\"admin\":false,\"disabled\":true,\"self\":false"),
          list);
      assertEquals(200, gateway.ask(request(path + "enable", cookie)).status());
      assertEquals(200, gateway.ask(request("GET /api/tags", bob)).status());

      Answer last = gateway.ask(request("POST /gateway/keys/root/disable", cookie));
      assertEquals(409, last.status());
      assertTrue(last.text().contains("make another admin first"), last::text);
      assertEquals(409, gateway.ask(request("POST /gateway/keys/nobody/disable", cookie)).status());
      // What is in the file is what is in force.
      gateway.process().reload();
      assertEquals(200, gateway.ask(request("GET /api/tags", bob)).status());
    }
  }

  @Test
  void aReloadTellsWhatHasChanged() throws Exception {
    try (TestGateway gateway = gateway()) {
      String cookie = login(gateway);
      String same = gateway.ask(request("POST /gateway/reload", cookie)).text();
      assertEquals("{\"changes\":[]}", same);
      gateway.set("fallbackAfterSeconds", "7");
      gateway.set("stateDirectory", "\"elsewhere\"");
      String changed = gateway.ask(request("POST /gateway/reload", cookie)).text();
      assertTrue(
          changed.contains(
              "{\"path\":\"fallbackAfterSeconds\",\"before\":\"30\",\"after\":\"7\","
                  + "\"needsRestart\":false}"),
          changed);
      assertTrue(changed.contains("\"path\":\"stateDirectory\""), changed);
      assertTrue(changed.contains("\"needsRestart\":true"), changed);
      gateway.set("fallbackAfterSeconds", "\"seven\"");
      Answer wrong = gateway.ask(request("POST /gateway/reload", cookie));
      assertEquals(500, wrong.status());
      assertTrue(wrong.text().contains("fallbackAfterSeconds"), wrong::text);
    }
  }

  /** What comes of an event stream, up to a text. */
  private static String until(RawClient client, String text) throws Exception {
    StringBuilder told = new StringBuilder();
    while (told.indexOf(text) < 0) {
      String some = client.some();
      assertNotEquals("", some, told::toString);
      told.append(some);
    }
    return told.toString();
  }

  @Test
  void anOpenPageIsToldWhatChangesAndOnlyThat() throws Exception {
    server.script(
        call -> {
          String _ = call.readBody();
          call.respond(200, CHAT);
        });
    try (TestGateway gateway = gateway();
        RawClient page = gateway.connect()) {
      String cookie = login(gateway);
      page.send(request("GET /gateway/events", cookie, EVENTS));
      String first = until(page, "event: requests\ndata: {\"requests\":[],");
      assertTrue(first.contains("Content-Type: text/event-stream\r\n"), first);
      assertTrue(first.contains("event: status\ndata: {\"version\":\""), first);
      assertTrue(first.contains("event: hour\ndata: {\"bucketSeconds\":10,"), first);

      String body = "{\"model\":\"tiny\",\"stream\":false,\"messages\":[]}";
      assertEquals(200, gateway.post("/api/chat", body).status());
      String asked = until(page, "\"key\":\"root\",\"server\":\"127.0.0.1:" + server.port());
      assertTrue(asked.contains("\"model\":\"tiny:latest\""), asked);
      assertEquals(404, gateway.ask(request("GET /gateway/nothing", bearer(ALICE))).status());
      String failed = until(page, "\"failures\":[{\"status\":404");
      assertTrue(failed.contains("\"reason\":\"There is nothing here\",\"count\":1"), failed);
      String drain = "POST /gateway/servers/127.0.0.1:" + server.port() + "/drain";
      assertEquals(200, gateway.ask(request(drain, cookie)).status());
      String _ = until(page, "\"state\":\"draining\"");

      assertEquals(204, gateway.ask(request("POST /gateway/logout", cookie)).status());
      String _ = until(page, "0\r\n\r\n");
    }
  }

  @Test
  void anOpenPageIsToldWhatIsInFlight() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    server.script(
        call -> {
          String _ = call.readBody();
          call.await(go);
          call.respond(200, CHAT);
        });
    try (TestGateway gateway = gateway();
        RawClient page = gateway.connect();
        RawClient client = gateway.connect()) {
      page.send(request("GET /gateway/events", login(gateway), EVENTS));
      String none = "event: inflight\ndata: {\"longestInFlight\":[],\"moreInFlight\":0}";
      String _ = until(page, none);

      client.send(TestGateway.postOf("/api/chat", "{\"model\":\"tiny\",\"stream\":false}"));
      String told = until(page, "\"streamed\":false,\"pieces\":null}],\"moreInFlight\":0}");
      assertTrue(told.contains("\"route\":\"/api/chat\",\"model\":\"tiny:latest\""), told);
      go.countDown();
      assertEquals(200, client.answer().status());
      String _ = until(page, none);
    }
  }

  @Test
  void whereNoEventsAreAskedForALoginGetsNone() throws Exception {
    try (TestGateway gateway = gateway()) {
      String image = request("GET /gateway/events", login(gateway), "Accept: image/*");
      assertEquals(406, gateway.ask(image).status());
    }
  }

  @Test
  void anOpenPageEndsWhereItsAddressMayComeNoMore() throws Exception {
    try (TestGateway gateway = gateway();
        RawClient page = gateway.connect()) {
      page.send(request("GET /gateway/events", login(gateway), EVENTS));
      String _ = until(page, "event: requests");
      gateway.set("security", "{\"denyIps\": [\"127.0.0.1\"]}");
      gateway.process().reload();
      String _ = until(page, "0\r\n\r\n");
    }
  }

  @Test
  void whatAServerAnswersThePageIsShownByNobody() throws Exception {
    server.script(
        call -> {
          String _ = call.readBody();
          call.send(
              "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n"
                  + "Set-Cookie: gateway_session=evil; Path=/gateway/\r\n\r\n{}");
        });
    try (TestGateway gateway = gateway()) {
      Answer answer = gateway.ask(request("GET /gateway/api/tags", login(gateway)));
      assertEquals(200, answer.status(), answer::text);
      assertTrue(answer.field("Content-Security-Policy").endsWith("sandbox"), answer::toString);
      assertEquals("nosniff", answer.field("X-Content-Type-Options"));
      assertFalse(answer.toString().contains("evil"), answer::toString);
    }
  }

  @Test
  void aKeyThatAClientTakesForAnIdIsntShown() throws Exception {
    server.script(call -> call.reset());
    try (TestGateway gateway = gateway();
        RawClient page = gateway.connect()) {
      page.send(request("GET /gateway/events", login(gateway), EVENTS));
      String _ = until(page, "event: requests");
      String id = "X-Request-Id: " + ALICE;
      assertEquals(503, gateway.ask(request("GET /api/version", bearer(ALICE), id)).status());
      String told = until(page, "\"failures\":[{\"status\":503");
      assertTrue(told.contains("\"key\":\"alice\""), told);
      assertFalse(told.contains(ALICE), told);
    }
  }

  @Test
  void anOpenPageDoesntKeepTheGatewayFromStopping() throws Exception {
    TestGateway gateway = gateway();
    try (RawClient page = gateway.connect()) {
      page.send(request("GET /gateway/events", login(gateway), EVENTS));
      String _ = until(page, "event: requests");
      var stopped = gateway.stop();
      String _ = until(page, "0\r\n\r\n");
      assertTrue(stopped.get(60, TimeUnit.SECONDS));
    } finally {
      gateway.close();
    }
  }

  @Test
  void noMorePagesAreOpenThanMayBe() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(server)
            .set("apiKeys", TWO_KEYS)
            .set("statusPage", "{\"viewers\": 1}")
            .start()) {
      String events = request("GET /gateway/events", login(gateway), EVENTS);
      try (RawClient page = gateway.connect()) {
        page.send(events);
        String _ = until(page, "event: requests");
        Answer second = gateway.ask(events);
        assertEquals(503, second.status());
        assertTrue(second.text().contains("statusPage.viewers"), second::text);
      }
      // Once it is seen that the first was closed, there is room again.
      int status = 503;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (status == 503) {
        assertTrue(System.nanoTime() - deadline < 0, "the place of the first isn't free");
        try (RawClient third = gateway.connect()) {
          status = third.send(events).head().status();
        }
      }
      assertEquals(200, status);
    }
  }
}
