package ollama.gateway.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.ForeignUpstream;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Servers of foreign make that are late or slow: who is waited for, and how long. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignDelaysTest {

  private static final String CHAT = TestGateway.postOf("/api/chat", "{}");

  private static final String LINES =
      IntStream.range(100, 200)
          .mapToObj(i -> "{\"line\":" + i + "}\n")
          .collect(Collectors.joining());

  /** As good as for ever: what waits for it is over with the server. */
  private static final int LONG_MILLIS = 600_000;

  @AutoClose private final ForeignUpstream one = ForeignUpstream.named("one");
  @AutoClose private final ForeignUpstream two = ForeignUpstream.named("two");

  @BeforeEach
  void reset() {
    one.reset();
    two.reset();
  }

  @Test
  void aLateAnswerIsWaitedForWhileTheServerAnswersItsChecks() throws Exception {
    one.answer(aResponse().withBody("{\"late\":1}").withFixedDelay(1_500));
    try (TestGateway gateway =
        TestGateway.before(one, two)
            .set("loadBalancer", "{\"checkAfterSilenceMillis\": 100}")
            .start()) {
      assertEquals("{\"late\":1}", gateway.ask(CHAT).text());
      assertEquals(1, one.seen().size());
      assertEquals(0, two.seen().size());
      assertEquals(0, gateway.retries("silent"));
      assertEquals(2, gateway.up(one.url()) + gateway.up(two.url()));
    }
  }

  @Test
  void aRequestLeavesAServerThatIsAsLateWithItsChecks() throws Exception {
    try (TestGateway gateway =
        TestGateway.before(one, two)
            .set(
                "loadBalancer",
                "{\"checkAfterSilenceMillis\": 100, \"healthCheckTimeoutInMilliseconds\": 3000}")
            .start()) {
      // Both are up, and warm; the next check of this one is because of the silence.
      one.awaitCheck();
      assertEquals("{\"by\":\"one\"}", gateway.ask(CHAT).text());
      assertEquals("{\"by\":\"two\"}", gateway.ask(CHAT).text());
      one.answer(aResponse().withFixedDelay(LONG_MILLIS));
      one.leaveChecks();
      assertEquals("{\"by\":\"two\"}", gateway.ask(CHAT).text());
      assertEquals(2, one.seen().size());
      assertEquals(1, gateway.retries("silent"));
      assertEquals(0, gateway.up(one.url()));
    }
  }

  @Test
  void anAnswerThatIsTooLateIsAGatewayTimeoutAndNobodyElseIsAsked() throws Exception {
    one.answer(aResponse().withFixedDelay(LONG_MILLIS));
    try (TestGateway gateway =
        TestGateway.before(one, two).set("timeouts", "{\"firstByteSeconds\": 1}").start()) {
      Answer answer = gateway.ask(CHAT);
      assertEquals(504, answer.status());
      String error = "The Ollama server did not answer in time (request ";
      assertTrue(answer.text().contains(error), answer::toString);
      assertEquals(1, one.seen().size());
      assertEquals(0, two.seen().size());
      assertEquals(1, gateway.metric("gateway_timeouts_total{timeout=\"first_byte\"}"));
      gateway.awaitMetric(1, chats(504));
    }
  }

  @Test
  void aDribbledAnswerArrivesWholeAndInOrder() throws Exception {
    one.answer(stream().withChunkedDribbleDelay(50, 1_000));
    try (TestGateway gateway = TestGateway.before(one).start()) {
      Answer answer = gateway.ask(CHAT);
      assertEquals(LINES, answer.text());
      assertEquals(End.COMPLETE, answer.end());
      gateway.awaitMetric(1, chats(200));
    }
  }

  /** The rest would take minutes: what is here was passed on before that was sent. */
  @Test
  void theBeginOfADribbledAnswerIsHereBeforeItsEndAndAClientThatLeavesStopsIt() throws Exception {
    one.answer(stream().withChunkedDribbleDelay(100, 100_000));
    try (TestGateway gateway = TestGateway.before(one, two).start();
        RawClient client = gateway.connect()) {
      client.send(CHAT);
      assertEquals(200, client.head().status());
      String begin = client.chunk();
      assertEquals(0, one.served());
      assertTrue(LINES.startsWith(begin), begin);
      client.reset();
      gateway.awaitMetric(1, chats(499));
      one.awaitClosed(1);
      assertEquals(0, two.seen().size());
      assertEquals(1, gateway.up(one.url()));
    }
  }

  @Test
  void aServerThatStopsInMidAnswerCutsItAndNobodyElseIsAsked() throws Exception {
    try (ForeignUpstream stopped = ForeignUpstream.named("stopped");
        TestGateway gateway = TestGateway.before(stopped, two).start();
        RawClient client = gateway.connect()) {
      stopped.answer(stream().withChunkedDribbleDelay(100, 100_000));
      client.send(CHAT);
      Head head = client.head();
      String begin = client.chunk();
      stopped.stop();
      Answer answer = client.body(head, false);
      assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      assertTrue(LINES.startsWith(begin + answer.body()), answer.toString());
      gateway.awaitMetric(1, chats(502));
      assertEquals(0, two.seen().size());
      // Who comes next finds the other one.
      assertEquals("{\"by\":\"two\"}", gateway.ask(CHAT).text());
    }
  }

  @Test
  void aDribbleThatIsTooSlowIsCut() throws Exception {
    one.answer(stream().withChunkedDribbleDelay(2, 8_000));
    try (TestGateway gateway =
            TestGateway.before(one, two).set("timeouts", "{\"upstreamIdleSeconds\": 1}").start();
        RawClient client = gateway.connect()) {
      Answer answer = client.send(CHAT).answer();
      assertEquals(200, answer.status());
      assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      assertEquals(LINES.substring(0, LINES.length() / 2), answer.body());
      assertEquals(1, gateway.metric("gateway_timeouts_total{timeout=\"upstream_idle\"}"));
      gateway.awaitMetric(1, chats(502));
      assertEquals(0, two.seen().size());
    }
  }

  private static ResponseDefinitionBuilder stream() {
    return okForContentType("application/x-ndjson", LINES);
  }

  private static String chats(int status) {
    return "gateway_requests_total{endpoint=\"/api/chat\",method=\"POST\",status=\""
        + status
        + "\"}";
  }
}
