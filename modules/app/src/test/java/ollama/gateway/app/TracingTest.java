package ollama.gateway.app;

import static ollama.gateway.app.ToldSpans.attribute;
import static ollama.gateway.app.ToldSpans.end;
import static ollama.gateway.app.ToldSpans.id;
import static ollama.gateway.app.ToldSpans.names;
import static ollama.gateway.app.ToldSpans.number;
import static ollama.gateway.app.ToldSpans.start;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.Capture;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a collector is told of requests, and what servers are told of traces. */
@Timeout(120)
class TracingTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";
  private static final String SAMPLED = "traceparent: 00-" + TRACE + "-" + SPAN + "-01\r\n";
  private static final String UNSAMPLED = "traceparent: 00-" + TRACE + "-" + SPAN + "-00\r\n";
  private static final String STATE = "tracestate: a=1,b=2\r\n";
  private static final String CHAT = "{\"model\":\"tiny\",\"messages\":[]}";
  private static final String DROPPED = "gateway_traces_dropped_total";

  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final CountDownLatch released = new CountDownLatch(1);
  @AutoClose private final FakeUpstream server = FakeUpstream.simple();
  @AutoClose private final FakeUpstream collector = FakeUpstream.start(this::take);

  private void take(Call call) throws IOException {
    told.add(call.readBody());
    call.respond(200, "{}");
  }

  @AfterEach
  void release() {
    released.countDown();
  }

  @Test
  void aStreamedChatIsOneTraceWithItsPartsInOrder() throws Exception {
    Capture capture = Capture.curl("12-chat-stream.txt");
    server.script(call -> play(capture, call));
    try (TestGateway gateway = tracing("").start()) {
      Answer answer =
          gateway.ask(post("/api/chat", SAMPLED + STATE + "X-Request-Id: mine\r\n", capture));
      assertEquals(capture.responseBody(), answer.body());

      List<JsonTree> spans = nextSpans();
      assertEquals(
          List.of("chat tiny:latest", "server", "load", "prefill", "generation"), names(spans));
      for (JsonTree span : spans) {
        assertEquals(TRACE, span.get("traceId").text());
      }
      JsonTree request = spans.get(0);
      JsonTree asked = spans.get(1);
      assertEquals(SPAN, request.get("parentSpanId").text());
      assertEquals(2, request.get("kind").number());
      assertEquals(id(request), asked.get("parentSpanId").text());
      assertEquals(3, asked.get("kind").number());
      for (JsonTree phase : spans.subList(2, 5)) {
        assertEquals(id(asked), phase.get("parentSpanId").text());
        assertEquals(1, phase.get("kind").number());
      }
      assertTrue(start(request) <= start(asked) && end(asked) <= end(request));
      assertTrue(start(asked) <= start(spans.get(2)));
      assertEquals(end(spans.get(2)), start(spans.get(3)));
      assertEquals(end(spans.get(3)), start(spans.get(4)));
      assertEquals(end(spans.get(4)), end(asked));

      Call got = server.next();
      assertEquals(List.of("00-" + TRACE + "-" + id(asked) + "-01"), got.head().all("traceparent"));
      assertEquals(List.of("a=1,b=2"), got.head().all("tracestate"));
      gateway.awaitMetric(1, "gateway_traces_exported_total");
    }
  }

  @Test
  void whatIsSaidOfAChatHasTheNamesOfTheConventions() throws Exception {
    Capture capture = Capture.curl("12-chat-stream.txt");
    server.script(call -> play(capture, call));
    try (TestGateway gateway = tracing("").start()) {
      assertEquals(200, gateway.ask(post("/api/chat", "X-Request-Id: mine\r\n", capture)).status());

      List<JsonTree> spans = nextSpans();
      JsonTree request = spans.getFirst();
      assertEquals("POST", attribute(request, "http.request.method"));
      assertEquals("/api/chat", attribute(request, "http.route"));
      assertEquals("/api/chat", attribute(request, "url.path"));
      assertEquals("http", attribute(request, "url.scheme"));
      assertEquals("200", attribute(request, "http.response.status_code"));
      assertEquals("127.0.0.1", attribute(request, "client.address"));
      assertEquals("" + server.port(), attribute(request, "server.port"));
      assertEquals("chat", attribute(request, "gen_ai.operation.name"));
      assertEquals("ollama", attribute(request, "gen_ai.provider.name"));
      assertEquals("tiny:latest", attribute(request, "gen_ai.request.model"));
      assertEquals("tiny:latest", attribute(request, "gen_ai.response.model"));
      assertEquals("4", attribute(request, "gen_ai.usage.input_tokens"));
      assertEquals("4", attribute(request, "gen_ai.usage.output_tokens"));
      assertEquals("mine", attribute(request, "gateway.request.id"));
      assertEquals("admin", attribute(request, "gateway.key.name"));
      assertTrue(number(request, "gen_ai.response.time_to_first_chunk") > 0);
      assertFalse(request.get("parentSpanId").isThere());
      assertFalse(request.get("status").isThere());
      assertEquals("200", attribute(spans.get(1), "http.response.status_code"));
    }
  }

  @Test
  void aTraceIsMadeWhereThereIsNone() throws Exception {
    try (TestGateway gateway = tracing("").start()) {
      assertEquals(200, gateway.get("/api/version").status());

      List<JsonTree> spans = nextSpans();
      assertEquals(List.of("GET /api/version", "server"), names(spans));
      String trace = spans.getFirst().get("traceId").text();
      assertEquals(
          "00-" + trace + "-" + id(spans.get(1)) + "-01",
          server.next().head().field("traceparent"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "traceparent: nonsense\r\n",
        "traceparent: ff-" + TRACE + "-" + SPAN + "-01\r\n",
        SAMPLED + SAMPLED
      })
  void oneThatIsNotValidIsAsIfThereWasNone(String fields) throws Exception {
    try (TestGateway gateway = tracing("").start()) {
      assertEquals(200, gateway.ask(get("/api/version", fields + STATE)).status());

      JsonTree request = nextSpans().getFirst();
      assertNotEquals(TRACE, request.get("traceId").text());
      assertFalse(request.get("parentSpanId").isThere());
      Call got = server.next();
      assertEquals(1, got.head().all("traceparent").size());
      assertEquals(List.of(), got.head().all("tracestate"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SAMPLED, UNSAMPLED, "traceparent: nonsense\r\n", SAMPLED + SAMPLED, ""})
  void whileNothingIsTracedTheFieldsPassThrough(String fields) throws Exception {
    try (TestGateway gateway = TestGateway.before(server).start()) {
      assertEquals(200, gateway.ask(get("/api/version", fields + STATE)).status());

      Call got = server.next();
      assertEquals(
          fields.lines().map(line -> line.substring("traceparent: ".length())).toList(),
          got.head().all("traceparent"));
      assertEquals(List.of("a=1,b=2"), got.head().all("tracestate"));
    }
  }

  @Test
  void whatAClientWithAKeyHasDecidedHolds() throws Exception {
    try (TestGateway gateway = tracing(", \"samplePercent\": 0").start()) {
      assertEquals(200, gateway.ask(get("/api/version", UNSAMPLED)).status());
      assertEquals(200, gateway.ask(get("/api/version", "")).status());
      assertEquals(200, gateway.ask(get("/api/version", SAMPLED)).status());

      assertEquals(2, nextSpans().size());
      for (String flags : List.of("-00", "-00", "-01")) {
        assertTrue(server.next().head().field("traceparent").endsWith(flags));
      }
    }
  }

  @Test
  void whatAClientWithoutAKeyHasDecidedDoesNot() throws Exception {
    try (TestGateway gateway = tracing(", \"samplePercent\": 0").start()) {
      String request = get("/api/version", SAMPLED).replace(TestGateway.AUTH, "");
      assertEquals(401, gateway.ask(request).status());
      assertEquals(200, gateway.ask(get("/api/version", SAMPLED)).status());

      assertEquals(2, nextSpans().size());
    }
  }

  @Test
  void whatTheGatewayAnswersItselfIsNotTraced() throws Exception {
    try (TestGateway gateway = tracing("").start()) {
      assertEquals(200, gateway.get("/gateway/live").status());
      assertEquals(200, gateway.get("/metrics").status());
      assertEquals(200, gateway.get("/").status());
      assertEquals(200, gateway.get("/api/version").status());

      assertEquals(List.of("GET /api/version", "server"), names(nextSpans()));
    }
  }

  @Test
  void aRequestThatGoesOnToAnotherServerHasASpanForEach() throws Exception {
    String refusing = FakeUpstream.refusing();
    try (TestGateway gateway =
        TestGateway.before(refusing, server.url())
            .set("tracing", "{\"endpoint\": \"" + collector.url() + "\"}")
            .start()) {
      assertEquals(200, gateway.get("/api/version").status());

      List<JsonTree> spans = nextSpans();
      JsonTree last = spans.getLast();
      // Else a check had found before that nobody is there.
      if (spans.size() == 3) {
        JsonTree failed = spans.get(1);
        assertEquals(2, failed.get("status").get("code").number());
        assertEquals("unreachable", attribute(failed, "error.type"));
        assertEquals("2", attribute(spans.getFirst(), "gateway.attempts"));
        assertTrue(end(failed) <= start(last));
      }
      assertFalse(last.get("status").isThere());
      assertEquals(id(last), server.next().head().field("traceparent").substring(36, 52));
    }
  }

  @Test
  void aListOfSeveralServersHasASpanForEach() throws Exception {
    try (FakeUpstream other = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(server.url(), other.url())
                .set("tracing", "{\"endpoint\": \"" + collector.url() + "\"}")
                .set("loadBalancer", "{\"policy\": \"soonest\"}")
                .start()) {
      assertEquals(200, gateway.get("/api/tags").status());

      List<JsonTree> spans = nextSpans();
      assertEquals(List.of("GET /api/tags", "server", "server"), names(spans));
      JsonTree request = spans.getFirst();
      List<String> ports = new ArrayList<>();
      for (JsonTree asked : spans.subList(1, 3)) {
        assertEquals(id(request), asked.get("parentSpanId").text());
        assertEquals("200", attribute(asked, "http.response.status_code"));
        assertTrue(start(request) <= start(asked) && end(asked) <= end(request));
        ports.add(attribute(asked, "server.port"));
      }
      assertEquals(List.of("" + server.port(), "" + other.port()), ports);
    }
  }

  @Test
  void whatFailedIsAnError() throws Exception {
    server.script(Call::close);
    try (TestGateway gateway = tracing("").start()) {
      assertEquals(503, gateway.post("/api/chat", CHAT).status());

      List<JsonTree> spans = nextSpans();
      assertEquals(2, spans.getFirst().get("status").get("code").number());
      assertEquals("503", attribute(spans.getFirst(), "error.type"));
      assertEquals(2, spans.get(1).get("status").get("code").number());
      assertEquals("died", attribute(spans.get(1), "error.type"));
    }
  }

  @Test
  void timeInTheLineIsASpanBeforeTheServers() throws Exception {
    server.script(
        call -> {
          String _ = call.readBody();
          call.await(released);
          call.respond(200, "{}");
        });
    String one = "[{\"url\": \"" + server.url() + "\", \"parallel\": 1}]";
    try (TestGateway gateway =
            tracing("")
                .set("ollamaAddresses", one)
                .set("loadBalancer", "{\"policy\": \"soonest\"}")
                .start();
        RawClient first = gateway.connect();
        RawClient second = gateway.connect()) {
      first.send(TestGateway.postOf("/api/chat", CHAT));
      server.awaitSeen(1);
      second.send(TestGateway.postOf("/api/chat", CHAT));
      gateway.awaitMetric(1, "gateway_queue_waiting");
      released.countDown();
      assertEquals(200, first.answer(false).status());
      assertEquals(200, second.answer(false).status());
      List<JsonTree> spans = nextSpans();
      while (spans.stream().noneMatch(span -> span.get("name").text().equals("line"))) {
        spans = nextSpans();
      }
      int line = names(spans).indexOf("line");
      JsonTree request = spans.get(line - 1);
      JsonTree waited = spans.get(line);
      JsonTree asked = spans.get(line + 1);
      assertEquals(id(request), waited.get("parentSpanId").text());
      assertEquals(id(request), asked.get("parentSpanId").text());
      assertTrue(start(request) <= start(waited) && end(waited) <= start(asked));
      assertTrue(end(waited) > start(waited));
    }
  }

  @Test
  void noKeyIsTold() throws Exception {
    try (TestGateway gateway = tracing("").set("security", "{\"keyInPath\": true}").start()) {
      String path = "/k/" + TestGateway.KEY + "/api/version";
      String fields = "X-Request-Id: " + TestGateway.KEY + "\r\n";
      assertEquals(200, gateway.ask(get(path, fields)).status());

      String body = next();
      assertTrue(body.contains("\"/api/version\""), body);
      assertFalse(body.contains(TestGateway.KEY), body);
    }
  }

  @Test
  void aCollectorThatDoesNotAnswerDelaysNobody() throws Exception {
    collector.script(
        call -> {
          told.add(call.readBody());
          call.await(released);
          call.respond(200, "{}");
        });
    try (TestGateway gateway = tracing(", \"queue\": 16").start()) {
      assertEquals(200, gateway.get("/api/version").status());
      String _ = next();
      for (int i = 0; i < 20; i++) {
        assertEquals(200, gateway.get("/api/version").status());
      }
      gateway.awaitMetric(4, DROPPED);
    }
  }

  @Test
  void aCollectorThatIsNotThereDelaysNobody() throws Exception {
    String settings = "{\"endpoint\": \"" + FakeUpstream.refusing() + "\", \"queue\": 16}";
    try (TestGateway gateway = tracing("").set("tracing", settings).start()) {
      int sent = 0;
      do {
        assertEquals(200, gateway.get("/api/version").status());
        sent++;
      } while (gateway.metric(DROPPED) == 0);
      assertTrue(sent > 16, sent + " were sent");
    }
  }

  @Test
  void stoppingTellsWhatWaits() throws Exception {
    try (TestGateway gateway = tracing("").start()) {
      assertEquals(200, gateway.get("/api/version").status());
      assertTrue(gateway.stop().get());
      assertEquals(2, nextSpans().size());
    }
  }

  @Test
  void aReloadSwitchesItOnAndOff() throws Exception {
    try (TestGateway gateway = TestGateway.before(server).start()) {
      assertEquals(200, gateway.get("/api/version").status());
      gateway.set("tracing", "{\"endpoint\": \"" + collector.url() + "/other\"}");
      gateway.process().reload();
      assertEquals(200, gateway.get("/api/version").status());
      assertEquals(2, nextSpans().size());
      assertEquals("/other", collector.next().target());

      gateway.set("tracing", "{}");
      gateway.process().reload();
      server.forget();
      assertEquals(200, gateway.get("/api/version").status());
      assertEquals(List.of(), server.next().head().all("traceparent"));
    }
  }

  private TestGateway.Plan tracing(String more) {
    return TestGateway.before(server)
        .set("metrics", "{\"enabled\": true}")
        .set("tracing", "{\"endpoint\": \"" + collector.url() + "\"" + more + "}");
  }

  private static void play(Capture capture, Call call) throws IOException {
    String _ = call.readBody();
    // As long as the work that the answer tells of.
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    call.send(
        "HTTP/1.1 200 OK\r\nContent-Type: "
            + capture.response().field("Content-Type")
            + "\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (String piece : capture.pieces()) {
      call.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
    }
    call.send("0\r\n\r\n");
  }

  private static String get(String target, String fields) {
    return "GET " + target + " HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + fields + "\r\n";
  }

  private static String post(String target, String fields, Capture capture) {
    String body = capture.requestBody();
    return TestGateway.postHeadOf(target, fields + "Content-Length: " + body.length()) + body;
  }

  private String next() throws InterruptedException {
    return Objects.requireNonNull(told.poll(60, TimeUnit.SECONDS), "nothing was told in 60 s");
  }

  private List<JsonTree> nextSpans() throws Exception {
    return ToldSpans.of(next());
  }
}
