package ollama.gateway.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.http.Fault;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.ForeignUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers of foreign make that break off: what clients get of it, and who else is asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignFaultsTest {

  private static final List<String> REQUESTS =
      List.of("POST /api/chat", "GET /api/tags", "POST /api/pull");

  private static final String NO_SERVER =
      "No Ollama server is available: 1 tried, the last closed the connection before it answered";

  @AutoClose private final ForeignUpstream one = ForeignUpstream.named("one");
  @AutoClose private final ForeignUpstream two = ForeignUpstream.named("two");

  @BeforeEach
  void reset() {
    one.reset();
    two.reset();
  }

  static Stream<Arguments> faults() {
    return Arrays.stream(Fault.values())
        .flatMap(fault -> REQUESTS.stream().map(request -> Arguments.of(fault, request)));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void theOnlyServersFaultIsToldAndBlamedOnNobodyElse(Fault fault, String request)
      throws Exception {
    one.answer(aResponse().withFault(fault));
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      Answer answer = client.send(bytes(request)).answer();
      if (endsBeforeAnyByte(fault) && mayBeRepeated(request)) {
        // It was tried on each server there is.
        assertRefused(503, NO_SERVER, answer);
        assertEquals("1", answer.field("Retry-After"));
        gateway.awaitMetric(1, requests(request, 503));
      } else {
        assertBroken(fault, answer);
        gateway.awaitMetric(1, requests(request, 502));
      }
      assertCounted(gateway, fault, 0);
      assertEquals(1, one.seen().size());
      if (answer.end() == End.COMPLETE) {
        // The client's connection is in order.
        one.reset();
        assertEquals("{\"by\":\"one\"}", client.send(bytes(request)).answer().text());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("faults")
  void theOtherServerIsAskedOnlyIfNoByteCameAndTheRequestMayBeRepeated(Fault fault, String request)
      throws Exception {
    one.answer(aResponse().withFault(fault));
    try (TestGateway gateway = TestGateway.before(one, two).start()) {
      Answer answer = gateway.ask(bytes(request));
      assertEquals(1, one.seen().size());
      if (endsBeforeAnyByte(fault) && mayBeRepeated(request)) {
        assertEquals("{\"by\":\"two\"}", answer.text());
        assertEquals(1, two.seen().size());
        assertEquals(
            request.startsWith("POST") ? "{\"n\":1}" : "", two.seen().getFirst().getBodyAsString());
        gateway.awaitMetric(1, requests(request, 200));
        assertCounted(gateway, fault, 1);
      } else {
        assertBroken(fault, answer);
        assertEquals(0, two.seen().size());
        gateway.awaitMetric(1, requests(request, 502));
        assertCounted(gateway, fault, 0);
      }
      assertEquals(1, gateway.up(two.url()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"CONNECTION_RESET_BY_PEER", "EMPTY_RESPONSE"})
  void aBodyThatIsTooLargeToBeKeptIsNotSentTwice(Fault fault) throws Exception {
    one.answer(aResponse().withFault(fault));
    try (TestGateway gateway = TestGateway.before(one, two).start()) {
      Answer answer = gateway.post("/api/chat", "x".repeat(2_000_000));
      assertBroken(fault, answer);
      assertEquals(2_000_000, one.seen().getFirst().getBody().length);
      assertEquals(0, two.seen().size());
    }
  }

  private static String bytes(String request) {
    String path = request.substring(request.indexOf('/'));
    return request.startsWith("GET")
        ? TestGateway.getOf(path)
        : TestGateway.postOf(path, "{\"n\":1}");
  }

  private static boolean mayBeRepeated(String request) {
    return !request.endsWith("/api/pull");
  }

  private static boolean endsBeforeAnyByte(Fault fault) {
    return fault == Fault.EMPTY_RESPONSE || fault == Fault.CONNECTION_RESET_BY_PEER;
  }

  private static void assertRefused(int status, String error, Answer answer) {
    assertEquals(status, answer.status(), answer::toString);
    assertEquals(End.COMPLETE, answer.end());
    String id = answer.field("X-Request-Id");
    assertEquals("{\"error\":\"" + error + " (request " + id + ")\"}", answer.text());
  }

  /** Whether the head of an answer went out before what is wrong came, only the network knows. */
  private static void assertBroken(Fault fault, Answer answer) {
    if (fault == Fault.MALFORMED_RESPONSE_CHUNK && answer.status() == 200) {
      assertTrue(answer.end() == End.CUT || answer.end() == End.RESET, answer.toString());
      assertEquals("", answer.body());
      return;
    }
    String did =
        endsBeforeAnyByte(fault)
            ? "closed the connection before it answered"
            : "sent a malformed answer";
    assertRefused(502, "The Ollama server " + did, answer);
    assertEquals("", answer.field("Retry-After"));
  }

  private void assertCounted(TestGateway gateway, Fault fault, int retries) throws Exception {
    assertEquals(retries, gateway.retries("no_response"));
    assertEquals(1, gateway.up(one.url()));
    for (Fault each : List.of(Fault.MALFORMED_RESPONSE_CHUNK, Fault.RANDOM_DATA_THEN_CLOSE)) {
      String rule = each == Fault.MALFORMED_RESPONSE_CHUNK ? "chunk_size" : "status_line";
      String broken = "gateway_upstream_rejected_total{reason=\"" + rule + "\"}";
      assertEquals(each == fault ? 1 : 0, gateway.metric(broken), rule);
    }
  }

  private static String requests(String request, int status) {
    int space = request.indexOf(' ');
    return "gateway_requests_total{endpoint=\"%s\",method=\"%s\",status=\"%d\"}"
        .formatted(request.substring(space + 1), request.substring(0, space), status);
  }
}
