package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Conversations that are known by nothing but a number. */
final class SessionsTest {
  private static final long SECOND = 1_000_000_000;

  private final Line line =
      new Line(
          List.of(new ServerSpec("s0", 4, 2, 1), new ServerSpec("s1", 4, 2, 1)),
          new Soonest(),
          LineSettings.DEFAULT);
  private long now = SECOND;

  SessionsTest() {
    for (String server : List.of("s0", "s1")) {
      line.loaded(server, Set.of("m", "other"), now, now);
    }
  }

  @Test
  void aConversationGoesWhereItWasLast() {
    String server = ask("m", 7);
    for (int i = 0; i < 4; i++) {
      assertEquals(server, ask("m", 7));
    }
  }

  @Test
  void whoSaysNothingTakesTurns() {
    assertNotEquals(ask("m", 0), ask("m", 0));
  }

  @Test
  void eachModelHasAConversationOfItsOwn() {
    String server = ask("m", 7);
    String other = ask("other", 7);
    assertNotEquals(server, other);
    assertEquals(other, ask("other", 7));
    assertEquals(server, ask("m", 7));
  }

  @Test
  void aServerThatUnloadedTheModelHasNothingOfIt() {
    String server = ask("m", 7);
    now++;
    line.loaded(server, Set.of("other"), now, now);
    now++;
    line.loaded(server, Set.of("m", "other"), now, now);

    assertEquals(0, cachedTokens("m", 7));
    assertNotEquals("", ask("m", 7));
    assertEquals(4_000, cachedTokens("m", 7));
  }

  @Test
  void whereItsServerFailsItMovesAndStaysThere() {
    String server = ask("m", 7);
    String other = ask("m", 7, Set.of(server));

    assertNotEquals(server, other);
    for (int i = 0; i < 4; i++) {
      assertEquals(other, ask("m", 7));
    }
  }

  @Test
  void theLeastRecentlyUsedIsForgotten() {
    String _ = ask("m", 1);
    String _ = ask("m", 2);
    for (int i = 3; i <= Sessions.MAX; i++) {
      String _ = ask("m", i);
    }
    assertEquals(4_000, cachedTokens("m", 1));
    String _ = ask("m", Sessions.MAX + 1);
    assertEquals(4_000, cachedTokens("m", 1));
    assertEquals(0, cachedTokens("m", 2));
  }

  /** Where a conversation's next turn goes, which is answered at once. */
  private String ask(String model, long session) {
    return ask(model, session, Set.of());
  }

  private String ask(String model, long session, Set<String> tried) {
    now += SECOND;
    Ticket ticket = line.enter(work(model, session), tried, t -> {}, now);
    String server = ticket.server();
    ticket.began(now);
    ticket.ended(FinalNumbers.NONE, Chain.NONE, now);
    return server;
  }

  /** The most that any server is thought to have of it. */
  private int cachedTokens(String model, long session) {
    double least =
        line.explain(work(model, session), now).estimates().stream()
            .mapToDouble(Estimate::prefillMillis)
            .min()
            .orElseThrow();
    return 4_000 - (int) Math.round(least);
  }

  private static Work work(String model, long session) {
    Prompt prompt = new Prompt(4_000, 0, Chain.NONE, session);
    return new Work(model, 0, prompt, "k", Priority.NORMAL, true);
  }
}
