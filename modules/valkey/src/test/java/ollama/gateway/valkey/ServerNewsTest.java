package ollama.gateway.valkey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.Priority;
import ollama.gateway.balancer.dispatch.Prompt;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Soonest;
import ollama.gateway.balancer.dispatch.Ticket;
import ollama.gateway.balancer.dispatch.Work;
import org.junit.jupiter.api.Test;

/** What one gateway writes, as another one reads it. */
final class ServerNewsTest {
  private static final Chain CHAIN = new Chain(new long[] {1, 2}, new int[] {1_000, 4_000});

  private final Line told = line();
  private final Line line = line();
  private final ServerNews teller = new ServerNews(told);
  private final ServerNews hearer = new ServerNews(line);

  private static Line line() {
    ServerSpec server = new ServerSpec("gpu", 1, 0, 1);
    return new Line(List.of(server), new Soonest(), LineSettings.DEFAULT);
  }

  @Test
  void aPromptIsWhereItWasAnsweredUntilItIsMissed() {
    List<String> _ = teller.news(2, true);
    teller.answered("gpu", "m", CHAIN, 0, 4_000);
    hear(teller.news(2, false));
    assertEquals(0, prefillMillis());

    teller.missed("gpu", "m", CHAIN, 1_000);
    hear(teller.news(2, false));

    assertEquals(3_000, prefillMillis());
  }

  private void hear(List<String> news) {
    news.forEach(hearer::hearPlace);
  }

  private double prefillMillis() {
    Work work = new Work("m", 0, new Prompt(4_000, 0, CHAIN), "", Priority.NORMAL, true);
    return line.explain(work, System.nanoTime()).estimates().getFirst().prefillMillis();
  }

  @Test
  void howLongSomebodyHasWaitedIsToldWithBeatsAlone() {
    Work work = new Work("m", 0, Prompt.UNKNOWN, "", Priority.NORMAL, true);
    long before = System.nanoTime() - 5_000_000_000L;
    Ticket _ = told.enter(work, Set.of(), _ -> {}, before);
    Ticket _ = told.enter(work, Set.of(), _ -> {}, before);
    assertEquals(1, teller.news(2, true).size());

    long claimed = System.nanoTime();
    while (System.nanoTime() - claimed < 5_000_000) {
      Thread.onSpinWait();
    }

    assertEquals(List.of(), teller.news(2, false));
    assertEquals(1, teller.news(2, true).size());
  }
}
