package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.http.server.Subscriber;
import org.junit.jupiter.api.Test;

/** Which keys are known where somebody guesses. */
class FamiliarKeysTest {

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final FamiliarKeys keys = new FamiliarKeys(nanos::get);

  @Test
  void aKeyIsKnownWhereItCameFromAndNowhereElse() {
    keys.seen(client(1), "a");

    assertTrue(keys.knows(client(1), "a"));
    assertFalse(keys.knows(client(1), "b"));
    assertFalse(keys.knows(client(2), "a"));
  }

  @Test
  void afterAnHourItIsNot() {
    keys.seen(client(1), "a");
    pass(59);
    assertTrue(keys.knows(client(1), "a"));
    pass(2);
    assertFalse(keys.knows(client(1), "a"));
    keys.seen(client(1), "a");
    assertTrue(keys.knows(client(1), "a"));
  }

  @Test
  void ofAThousandNearlyAllAreKnown() {
    int known = 0;
    for (int i = 0; i < 1_000; i++) {
      keys.seen(client(i), "key-" + i);
    }
    for (int i = 0; i < 1_000; i++) {
      known += keys.knows(client(i), "key-" + i) ? 1 : 0;
    }
    assertTrue(known > 950, "known: " + known);
  }

  private void pass(int minutes) {
    long _ = nanos.addAndGet(TimeUnit.MINUTES.toNanos(minutes));
  }

  private static Subscriber client(int i) {
    return Subscriber.of(InetAddress.ofLiteral("10.0." + (i >> 8) + "." + (i & 255)));
  }
}
