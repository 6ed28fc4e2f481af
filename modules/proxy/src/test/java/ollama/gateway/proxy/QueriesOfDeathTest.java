package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.ollama.Route;
import ollama.gateway.proxy.QueriesOfDeath.Query;
import org.junit.jupiter.api.Test;

class QueriesOfDeathTest {

  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
  private final QueriesOfDeath queries = new QueriesOfDeath(nanoTime::get);

  @Test
  void oneIsTheSameByKeyRouteAndBody() {
    queries.add(new Query("alice", Route.CHAT, 10, 1));

    assertTrue(queries.knows(new Query("alice", Route.CHAT, 10, 1)));
    assertFalse(queries.knows(new Query("bob", Route.CHAT, 10, 1)));
    assertFalse(queries.knows(new Query("alice", Route.GENERATE, 10, 1)));
    assertFalse(queries.knows(new Query("alice", Route.CHAT, 11, 1)));
    assertFalse(queries.knows(new Query("alice", Route.CHAT, 10, 2)));
  }

  /** Nothing would tell one from another. */
  @Test
  void oneWithoutABodyIsNotRemembered() {
    queries.add(new Query("alice", Route.TAGS, 0, 0));
    assertFalse(queries.knows(new Query("alice", Route.TAGS, 0, 0)));
  }

  @Test
  void oneIsForgottenAfterTenMinutes() {
    queries.add(numbered(1));
    nanoTime.addAndGet(TimeUnit.MINUTES.toNanos(5));
    // That it came again doesn't put this off.
    queries.add(numbered(1));
    nanoTime.addAndGet(TimeUnit.MINUTES.toNanos(-5));
    nanoTime.addAndGet(TimeUnit.MINUTES.toNanos(10) - 1);
    assertTrue(queries.knows(numbered(1)));
    nanoTime.addAndGet(1);
    assertFalse(queries.knows(numbered(1)));
  }

  @Test
  void noMoreThanAThousandAreRemembered() {
    for (int i = 0; i < 3 * QueriesOfDeath.KNOWN_MAX; i++) {
      queries.add(numbered(i));
      assertTrue(queries.knows(numbered(i)));
      assertTrue(queries.size() <= QueriesOfDeath.KNOWN_MAX);
    }
    nanoTime.addAndGet(TimeUnit.MINUTES.toNanos(11));
    queries.add(numbered(0));
    assertEquals(1, queries.size());
  }

  private static Query numbered(int i) {
    return new Query("alice", Route.CHAT, 10, i);
  }
}
