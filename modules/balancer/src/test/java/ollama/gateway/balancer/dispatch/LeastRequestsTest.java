package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class LeastRequestsTest {

  private static final Work WORK = new Work("m", 0, Prompt.UNKNOWN, "k", Priority.NORMAL, true);

  @Test
  void theServerWithTheFewestRequestsForItsSlotsIsNext() {
    assertEquals(1, choose(0, of("a", 2, 2, false), of("b", 1, 2, false), of("c", 1, 1, false)));
  }

  @Test
  void ofServersWithAsFewOneThatHasTheModelInMemoryIsNext() {
    assertEquals(1, choose(0, of("a", 0, 1, true), of("b", 0, 1, false), of("c", 0, 1, true)));
    assertEquals(0, choose(0, of("a", 0, 1, true), of("b", 1, 1, false), of("c", 1, 1, true)));
  }

  @Test
  void equalOnesTakeTurns() {
    Candidate[] equal = {of("a", 0, 1, false), of("b", 0, 1, false)};

    assertEquals(0, choose(0, equal));
    assertEquals(1, choose(1, equal));
    assertEquals(0, choose(2, equal));
  }

  private static int choose(long turn, Candidate... candidates) {
    return new LeastRequests().choose(List.of(candidates), WORK, turn).index();
  }

  private static Candidate of(String name, int inFlight, int slots, boolean isCold) {
    return new Candidate(
        name,
        true,
        Candidate.Holds.YES,
        new Candidate.Queue(inFlight, slots, 1_000, 0),
        new Candidate.Loading(isCold, 5_000, 0, 0),
        new Candidate.Prefill(1_000, 0),
        1);
  }
}
