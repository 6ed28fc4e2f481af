package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.FakeUpstream.Script;
import ollama.gateway.app.testing.Fault;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that say that they can't, under each policy. */
@Timeout(180)
class BusyServersTest {

  private static final String BUSY =
      "{\"error\":\"server busy, please try again. maximum pending requests exceeded\"}";
  private static final int CLIENTS = 12;

  @AutoClose private final FakeUpstream one = FakeUpstream.named("one");
  @AutoClose private final FakeUpstream two = FakeUpstream.named("two");

  @ParameterizedTest
  @ValueSource(strings = {"round-robin", "least-requests", "soonest"})
  void allClientsAreAnsweredWhileOneServerIsFullAndAnotherIdle(String policy) throws Exception {
    one.script(chat(BusyServersTest::refuse));
    two.script(chat(call -> call.respond(200, "{\"by\":\"two\"}")));
    try (TestGateway gateway = gateway(policy)) {
      for (Answer answer : askAll(gateway)) {
        assertEquals("{\"by\":\"two\"}", answer.text());
        assertEquals(200, answer.status());
      }
      // That it refuses fast doesn't make it look idle.
      int refused = chats(one);
      for (Answer answer : askAll(gateway)) {
        assertEquals(200, answer.status());
      }
      assertTrue(chats(one) <= refused + 2, refused + ", then " + chats(one));
      assertEquals(1, gateway.up(one.url()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"round-robin", "least-requests", "soonest"})
  void whenBothAreFullTheClientGetsWhatTheLastOneSaid(String policy) throws Exception {
    one.script(chat(BusyServersTest::refuse));
    two.script(chat(BusyServersTest::refuse));
    try (TestGateway gateway = gateway(policy)) {
      Answer answer = ask(gateway, 1);
      assertEquals(503, answer.status());
      assertEquals(BUSY, answer.text());
      assertEquals("7", answer.field("Retry-After"));
      assertEquals(1, chats(one));
      assertEquals(1, chats(two));
      assertEquals(1, gateway.retries("busy"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"round-robin", "least-requests", "soonest"})
  void aServerThatFailsAgainAndAgainIsLeftOutAndComesBackByOneProbe(String policy)
      throws Exception {
    CountDownLatch all = new CountDownLatch(1);
    one.script(
        chat(
            call -> {
              call.await(all);
              refuse(call);
            }));
    two.script(
        chat(
            call -> {
              call.await(all);
              call.respond(200, "{\"by\":\"two\"}");
            }));
    try (TestGateway gateway = gateway(policy)) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 2 * CLIENTS; i++) {
        clients.add(gateway.connect().send(request(i)));
      }
      awaitChats(one, 10);
      all.countDown();
      for (RawClient client : clients) {
        assertEquals(200, client.answer().status());
        client.close();
      }
      String servers = gateway.get("/gateway/servers").text();
      assertTrue(servers.contains("\"state\":\"ejected\",\"up\":true"), servers);
      assertTrue(servers.contains("\"lastError\":\"it answered with the status 503\""), servers);
      assertEquals(
          1, gateway.metric("gateway_upstream_ejections_total{server=\"" + one.url() + "\"}"));

      CountDownLatch probed = new CountDownLatch(1);
      one.script(
          chat(
              call -> {
                call.await(probed);
                call.respond(200, "{\"by\":\"one\"}");
              }));
      int before = chats(one);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      List<RawClient> asking = new ArrayList<>();
      // Nobody knows which of them it will be.
      while (chats(one) == before) {
        assertTrue(System.nanoTime() - deadline < 0, "no probe came");
        asking.add(gateway.connect().send(request(77)));
        Thread.sleep(100);
      }
      for (int i = 0; i < CLIENTS; i++) {
        assertEquals("{\"by\":\"two\"}", ask(gateway, i).text());
      }
      assertEquals(before + 1, chats(one));
      probed.countDown();
      for (RawClient client : asking) {
        assertEquals(200, client.answer().status());
        client.close();
      }
      servers = gateway.get("/gateway/servers").text();
      assertFalse(servers.contains("ejected"), servers);
      for (int i = 0; i < 4; i++) {
        assertEquals(200, ask(gateway, i).status());
      }
      // It was slow, so that soonest may still like the other one better.
      assertTrue(chats(one) > before + 1 || policy.equals("soonest"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"round-robin", "least-requests", "soonest"})
  void aRequestThatBreaksTwoServersGoesToNoThird(String policy) throws Exception {
    Script broken = chat(call -> call.respond(502, "{\"error\":\"broken\"}"));
    try (FakeUpstream three = FakeUpstream.start(broken);
        TestGateway gateway = plan(policy, one, two, three).startChecked(one, two, three)) {
      one.script(broken);
      two.script(broken);
      Answer answer = ask(gateway, 1);
      assertEquals(502, answer.status());
      assertEquals("{\"error\":\"broken\"}", answer.text());
      assertEquals(2, chats(one) + chats(two) + chats(three));
      assertEquals(502, ask(gateway, 1).status());
      assertEquals(3, chats(one) + chats(two) + chats(three));
      assertEquals(2, gateway.metric("gateway_http_rejected_total{reason=\"query_of_death\"}"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"round-robin", "least-requests"})
  void whatMayBeTriedAgainSurvivesAReload(String policy) throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Script closes = chat(Fault.RESETS_BEFORE_THE_HEAD::play);
    Script everySecond =
        chat(
            call -> {
              if (asked.incrementAndGet() % 2 == 1) {
                Fault.RESETS_BEFORE_THE_HEAD.play(call);
              } else {
                String _ = call.readBody();
                // No connection is kept, since its end would be no failure.
                call.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
                call.close();
              }
            });
    one.script(everySecond);
    two.script(everySecond);
    try (TestGateway gateway = gateway(policy)) {
      for (int i = 0; i < 12; i++) {
        assertEquals(200, ask(gateway, i).status());
      }
      one.script(closes);
      two.script(closes);
      assertEquals(502, ask(gateway, 13).status());
      gateway.process().reload();
      assertEquals(502, ask(gateway, 14).status());
      assertEquals(26, chats(one) + chats(two));
      assertEquals(12, gateway.retries("no_response"));
      assertEquals(2, gateway.metric("gateway_retries_withheld_total"));
    }
  }

  private static void refuse(Call call) throws IOException {
    String _ = call.readBody();
    call.send(
        ("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 7\r\n"
                + "Content-Length: %d\r\n\r\n%s")
            .formatted(BUSY.length(), BUSY));
  }

  /** One that plays this for chats, and tells nothing of its models. */
  private static Script chat(Script script) {
    return call -> {
      if (call.target().equals("/api/chat")) {
        script.play(call);
      } else {
        call.respond(404, "{}");
      }
    };
  }

  private static int chats(FakeUpstream server) {
    return (int) server.seen().stream().filter(call -> call.target().equals("/api/chat")).count();
  }

  private static void awaitChats(FakeUpstream server, int count) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (chats(server) < count) {
      assertTrue(System.nanoTime() - deadline < 0, chats(server) + " came");
      Thread.sleep(10);
    }
  }

  private static String request(int number) {
    return TestGateway.postOf("/api/chat", "{\"model\":\"m\",\"n\":" + number + "}");
  }

  private static Answer ask(TestGateway gateway, int number) throws IOException {
    return gateway.ask(request(number));
  }

  private static List<Answer> askAll(TestGateway gateway) throws IOException {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(gateway.connect().send(request(i)));
    }
    List<Answer> answers = new ArrayList<>();
    for (RawClient client : clients) {
      answers.add(client.answer());
      client.close();
    }
    return answers;
  }

  private TestGateway gateway(String policy) throws Exception {
    return plan(policy, one, two).startChecked(one, two);
  }

  private static TestGateway.Plan plan(String policy, FakeUpstream... servers) {
    return TestGateway.before(servers)
        .set("metrics", "{\"enabled\": true}")
        .set("loadBalancer", "{\"policy\": \"" + policy + "\"}");
  }
}
