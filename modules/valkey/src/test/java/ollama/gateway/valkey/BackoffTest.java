package ollama.gateway.valkey;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class BackoffTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void theFirstTryIsAtOnceAndFurtherOnesAreRarerUpToABound() {
    long now = Long.MAX_VALUE - SECOND;
    Backoff backoff = new Backoff(now);
    assertTrue(backoff.nextNanos() - now <= 0);
    long longest = 0;
    for (int i = 0; i < 20; i++) {
      backoff.failed(now);
      long pause = backoff.nextNanos() - now;
      assertTrue(pause >= SECOND / 20, "" + pause);
      longest = Math.max(longest, pause);
      now = backoff.nextNanos();
    }
    assertTrue(longest > SECOND && longest <= 7.5 * SECOND, "" + longest);
  }

  @Test
  void afterAConnectionThatLastedItBeginsAnew() {
    Backoff backoff = new Backoff(0);
    for (int i = 0; i < 20; i++) {
      backoff.failed(0);
    }
    backoff.connected(0);
    backoff.broke(10 * SECOND);

    assertTrue(backoff.nextNanos() - 10 * SECOND <= SECOND / 5);
  }

  @Test
  void aStoreThatBreaksEachConnectionSoonIsNotAskedAllTheTime() {
    Backoff backoff = new Backoff(0);
    long now = 0;
    for (int i = 0; i < 20; i++) {
      backoff.connected(now);
      backoff.broke(now + 1);
      now = backoff.nextNanos();
    }

    assertTrue(now > 40 * SECOND, "" + now);
  }
}
