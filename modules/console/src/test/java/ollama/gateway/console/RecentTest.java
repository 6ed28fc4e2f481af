package ollama.gateway.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import ollama.gateway.balancer.dispatch.Estimate;
import org.junit.jupiter.api.Test;

class RecentTest {

  private static final Instant NOON = Instant.parse("2027-01-31T12:00:00Z");

  private final RecentRequests requests = new RecentRequests();
  private final RecentFailures failures = new RecentFailures();

  private void ended(String id) {
    requests.add(
        new FinishedRequest(
            id,
            NOON,
            new FinishedRequest.Asked("/api/chat", "tiny:latest", "alice"),
            "one",
            new FinishedRequest.Answer(200, ""),
            new FinishedRequest.Took(2_000_000, FinishedRequest.UNKNOWN, 9_400_000, 13, 4),
            List.of(new Estimate("one", true, 1.4, 0, 20.6))));
  }

  private void failed(String id, String reason, int second) {
    failed("alice", id, reason, second);
  }

  private void failed(String key, String id, String reason, int second) {
    failures.add(
        503, "/api/chat", new RecentFailures.Failed(id, NOON.plusSeconds(second), key, "", reason));
  }

  @Test
  void aRequestIsToldWithWhatItTookAndWhyItWentWhere() {
    ended("a");
    assertEquals(
        "{\"requests\":[{\"id\":\"a\",\"time\":\"2027-01-31T12:00:00Z\",\"model\":\"tiny:latest\","
            + "\"route\":\"/api/chat\",\"key\":\"alice\",\"server\":\"one\","
            + "\"status\":200,\"note\":\"\",\"waitedMillis\":2,\"durationMillis\":9,\"inputTokens\":13,"
            + "\"outputTokens\":4,\"why\":[{\"server\":\"one\",\"eligible\":true,"
            + "\"waitMillis\":1,\"loadMillis\":0,\"prefillMillis\":21,\"totalMillis\":22}],"
            + "\"firstTokenMillis\":null}],\"failures\":[]}",
        Recent.json(requests, failures));
  }

  @Test
  void theLastOnesAreKeptAndTheNewestIsFirst() {
    for (int i = 1; i <= RecentRequests.KEPT + 1; i++) {
      ended("id-" + i);
    }
    List<String> told = requests.json().stream().map(Object::toString).toList();
    assertEquals(RecentRequests.KEPT, told.size());
    assertTrue(told.getFirst().contains("\"id-51\""), told.getFirst());
    assertTrue(told.getLast().contains("\"id-2\""), told.getLast());
  }

  @Test
  void theSameFailureIsToldOnceWithItsCountAndTheLastOfIt() {
    failed("a", "full", 1);
    failed("b", "dead", 2);
    failed("c", "full", 3);
    String told = Recent.json(requests, failures);
    assertTrue(
        told.contains("\"reason\":\"full\",\"count\":2,\"last\":\"2027-01-31T12:00:03Z\""), told);
    assertTrue(told.indexOf("full") < told.indexOf("dead"), told);
    assertTrue(told.contains("\"id\":\"c\""), told);
    assertFalse(told.contains("\"id\":\"a\""), told);
  }

  @Test
  void manyKindsOfFailureCrowdOutTheOldest() {
    for (int i = 0; i <= RecentFailures.KINDS_MAX; i++) {
      failed("key " + i, "x", "reason " + "i".repeat(i) + ".", i);
    }
    String told = Recent.json(requests, failures);
    assertEquals(RecentFailures.KINDS_MAX, failures.json().size());
    assertFalse(told.contains("reason ."), told);
    assertTrue(told.contains("reason i."), told);
  }

  @Test
  void theSameWithOtherNumbersOrAnotherIdIsNoOtherKind() {
    for (int i = 0; i < 3; i++) {
      failed("some-id-" + i, "try again at 12:0" + i + " (request some-id-" + i + ")", i);
    }
    String told = Recent.json(requests, failures);
    assertEquals(1, failures.json().size(), told);
    assertTrue(told.contains("12:02 (request some-id-2)\",\"count\":3"), told);
  }

  @Test
  void oneKeyCantHideWhatOthersSaw() {
    failed("bob", "b", "of bob", 0);
    for (int i = 0; i < 100; i++) {
      failed("a", "made up " + "i".repeat(i), i);
    }
    assertTrue(Recent.json(requests, failures).contains("of bob"));
    assertEquals(RecentFailures.KINDS_OF_KEY_MAX + 1, failures.json().size());
  }

  @Test
  void aLongReasonIsCut() {
    failed("x", "y".repeat(1_000), 0);
    assertTrue(Recent.json(requests, failures).contains("y".repeat(300) + "…\""));
  }
}
