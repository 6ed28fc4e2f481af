package ollama.gateway.app;

import static ollama.gateway.app.PageRequests.ALICE;
import static ollama.gateway.app.PageRequests.TWO_KEYS;
import static ollama.gateway.app.PageRequests.bearer;
import static ollama.gateway.app.PageRequests.gateway;
import static ollama.gateway.app.PageRequests.keys;
import static ollama.gateway.app.PageRequests.login;
import static ollama.gateway.app.PageRequests.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page for administrators: what it is made of, and what it does. */
@Timeout(120)
class StatusPageTest {

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "page/page.js",
        "page/inflight.js",
        "page/usage.js",
        "page/page.css",
        "page/icon.svg"
      })
  void itsFilesAreForEverybodyAndBrowsersMustNotFrameThem(String file) throws Exception {
    try (TestGateway gateway = gateway(server)) {
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
    try (TestGateway gateway = gateway(server)) {
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
  void keysAreMadeWithANameAndSwitchedOffAndOn() throws Exception {
    try (TestGateway gateway = gateway(server)) {
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
    try (TestGateway gateway = gateway(server)) {
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
}
