package ollama.gateway.app;

import static ollama.gateway.app.PageRequests.ALICE;
import static ollama.gateway.app.PageRequests.CHAT;
import static ollama.gateway.app.PageRequests.answerChats;
import static ollama.gateway.app.PageRequests.bearer;
import static ollama.gateway.app.PageRequests.gateway;
import static ollama.gateway.app.PageRequests.keys;
import static ollama.gateway.app.PageRequests.login;
import static ollama.gateway.app.PageRequests.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logins at the page for administrators, and what they are worth. */
@Timeout(120)
class StatusPageLoginTest {

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  @Test
  void aLoginIsWorthSomethingBelowTheGatewaysPathAlone() throws Exception {
    try (TestGateway gateway = gateway(server)) {
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
    try (TestGateway gateway = gateway(server)) {
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
    try (TestGateway gateway = gateway(server)) {
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
    answerChats(server);
    try (TestGateway gateway = gateway(server)) {
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
  void whatAServerAnswersThePageIsShownByNobody() throws Exception {
    server.script(
        call -> {
          String _ = call.readBody();
          call.send(
              "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n"
                  + "Set-Cookie: gateway_session=evil; Path=/gateway/\r\n\r\n{}");
        });
    try (TestGateway gateway = gateway(server)) {
      Answer answer = gateway.ask(request("GET /gateway/api/tags", login(gateway)));
      assertEquals(200, answer.status(), answer::text);
      assertTrue(answer.field("Content-Security-Policy").endsWith("sandbox"), answer::toString);
      assertEquals("nosniff", answer.field("X-Content-Type-Options"));
      assertFalse(answer.toString().contains("evil"), answer::toString);
    }
  }
}
