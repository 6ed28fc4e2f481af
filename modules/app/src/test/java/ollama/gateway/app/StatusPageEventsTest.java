package ollama.gateway.app;

import static ollama.gateway.app.PageRequests.ALICE;
import static ollama.gateway.app.PageRequests.CHAT;
import static ollama.gateway.app.PageRequests.EVENTS;
import static ollama.gateway.app.PageRequests.TWO_KEYS;
import static ollama.gateway.app.PageRequests.answerChats;
import static ollama.gateway.app.PageRequests.bearer;
import static ollama.gateway.app.PageRequests.gateway;
import static ollama.gateway.app.PageRequests.login;
import static ollama.gateway.app.PageRequests.request;
import static ollama.gateway.app.PageRequests.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an open page for administrators is told. */
@Timeout(120)
class StatusPageEventsTest {

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  @Test
  void anOpenPageIsToldWhatChangesAndOnlyThat() throws Exception {
    answerChats(server);
    try (TestGateway gateway = gateway(server);
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
  void whatAServerAnswersThatItFailedIsAFailureWithAReason() throws Exception {
    server.script(
        call -> {
          String _ = call.readBody();
          call.respond(500, "{\"error\":\"out of memory\"}");
        });
    try (TestGateway gateway = gateway(server);
        RawClient page = gateway.connect()) {
      page.send(request("GET /gateway/events", login(gateway), EVENTS));
      String _ = until(page, "event: requests");
      assertEquals(500, gateway.post("/api/chat", "{\"model\":\"tiny\"}").status());
      String told = until(page, "\"failures\":[{\"status\":500");
      assertTrue(told.contains("\"reason\":\"it answered with the status 500\""), told);
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
    try (TestGateway gateway = gateway(server);
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
    try (TestGateway gateway = gateway(server)) {
      String image = request("GET /gateway/events", login(gateway), "Accept: image/*");
      assertEquals(406, gateway.ask(image).status());
    }
  }

  @Test
  void anOpenPageEndsWhereItsAddressMayComeNoMore() throws Exception {
    try (TestGateway gateway = gateway(server);
        RawClient page = gateway.connect()) {
      page.send(request("GET /gateway/events", login(gateway), EVENTS));
      String _ = until(page, "event: requests");
      gateway.set("security", "{\"denyIps\": [\"127.0.0.1\"]}");
      gateway.process().reload();
      String _ = until(page, "0\r\n\r\n");
    }
  }

  @Test
  void aKeyThatAClientTakesForAnIdIsntShown() throws Exception {
    server.script(call -> call.reset());
    try (TestGateway gateway = gateway(server);
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
    TestGateway gateway = gateway(server);
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
            .set("metrics", "{\"enabled\": true}")
            .start()) {
      String events = request("GET /gateway/events", login(gateway), EVENTS);
      try (RawClient page = gateway.connect()) {
        page.send(events);
        String _ = until(page, "event: requests");
        Answer second = gateway.ask(events);
        assertEquals(503, second.status());
        assertTrue(second.text().contains("statusPage.viewers"), second::text);
        assertEquals(1, gateway.metric("gateway_http_rejected_total{reason=\"page\"}"));
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
