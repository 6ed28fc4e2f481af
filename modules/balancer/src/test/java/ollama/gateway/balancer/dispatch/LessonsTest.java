package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the numbers at an answer's end tell of a server's slots. */
final class LessonsTest {
  private static final long MILLI = 1_000_000;

  private final Line line =
      new Line(List.of(ServerSpec.of("s0")), new Soonest(), LineSettings.DEFAULT);
  private final List<Ticket> started = new ArrayList<>();
  private int ended;
  private long now;

  @Test
  void whoIsThereWhenAnotherIsAtWorkRunsWithIt() {
    enter(40);
    end(0, 15);
    end(0, 15);
    now -= 15 * MILLI;
    end(0, 15);
    assertTrue(inFlight() >= 4, () -> "in flight: " + inFlight());
  }

  @Test
  void whoEndedBeforeAnotherBeganDidNotRunWithIt() {
    enter(40);
    end(0, 15);
    long before = 0;
    for (long work : new long[] {15, 15, 150, 15, 400, 15, 15}) {
      end(before, work);
      before = work;
      assertTrue(inFlight() <= 2, () -> "in flight: " + inFlight());
    }
  }

  @Test
  void whoWaitedForLongShowsHowManyRanBefore() {
    enter(40);
    end(0, 15);
    assertEquals(2, inFlight());
    end(0, 1_000);
    end(1_000, 15);

    assertEquals(1, line.learned("s0").getFirst().slots());
    assertEquals(1, inFlight());
  }

  private void enter(int count) {
    for (int i = 0; i < count; i++) {
      Prompt prompt = new Prompt(100, 0, Chain.NONE);
      Work work = new Work("m", 0, prompt, "k", Priority.NORMAL, true);
      Ticket _ = line.enter(work, Set.of(), started::add, 0);
    }
  }

  /** The one that has been there for longest ends, which ran alone since the one before ended. */
  private void end(long waitMillis, long workMillis) {
    Ticket ticket = started.get(ended++);
    now += workMillis * MILLI;
    long total = (waitMillis + workMillis) * MILLI;
    FinalNumbers numbers = new FinalNumbers(total, 0, MILLI, (workMillis - 1) * MILLI, 100, 14);
    ticket.ended(numbers, Chain.NONE, now);
  }

  private int inFlight() {
    return started.size() - ended;
  }
}
