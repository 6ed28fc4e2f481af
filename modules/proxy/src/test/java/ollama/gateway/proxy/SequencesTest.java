package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.balancer.Upstream;
import org.junit.jupiter.api.Test;

class SequencesTest {

  private static final Settings SETTINGS =
      TestSettings.ofJson("{\"ollamaAddresses\": [\"http://a\", \"http://b\"]}");

  private final Upstream a = SETTINGS.balancer().servers().getFirst();
  private final Upstream b = SETTINGS.balancer().servers().getLast();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1000);
  private final Sequences sequences = new Sequences(now::get);

  @Test
  void aClientStaysForTenMinutesAfterItsLastRequest() {
    assertEquals(a, of("alice", false, a));
    now.addAndGet(Sequences.KEPT_NANOS - 1);
    assertEquals(a, of("alice", false, b));
    now.addAndGet(Sequences.KEPT_NANOS - 1);
    assertEquals(a, of("alice", false, b));
    assertEquals(b, of("bob", false, b));
    now.addAndGet(Sequences.KEPT_NANOS);
    assertEquals(b, of("alice", false, b));
  }

  @Test
  void whoWasIdleLongestIsForgottenWhereThereAreTooMany() {
    for (int i = 0; i < Sequences.CLIENTS_MAX; i++) {
      assertEquals(a, of("client" + i, false, a));
    }
    assertEquals(a, of("client0", false, b));
    assertEquals(a, of("one more", false, a));

    assertEquals(Sequences.CLIENTS_MAX, sequences.size());
    assertEquals(a, of("client0", false, b));
    assertEquals(b, of("client1", false, b));
  }

  @Test
  void aServerThatWillNotDoIsReplaced() {
    assertEquals(a, of("alice", true, a));

    assertEquals(b, sequences.server("alice", false, s -> false, s -> false, () -> b));
    assertEquals(b, of("alice", false, a));
    sequences.move("alice", false, a);
    assertEquals(a, of("alice", false, b));
  }

  @Test
  void onlyWithoutBlobsAClientIsSentElsewhereForWhatAnotherHas() {
    assertEquals(a, of("alice", false, a));
    assertEquals(a, of("bob", true, a));

    assertEquals(b, sequences.server("alice", false, s -> true, s -> true, () -> b));
    assertEquals(a, sequences.server("bob", false, s -> true, s -> true, () -> b));
  }

  @Test
  void whereThereIsNoServerNothingIsRemembered() {
    assertNull(sequences.server("alice", false, s -> true, s -> false, () -> null));
    assertEquals(0, sequences.size());
  }

  private Upstream of(String client, boolean isBlob, Upstream first) {
    Upstream server = sequences.server(client, isBlob, s -> true, s -> false, () -> first);
    if (server == null) {
      throw new AssertionError("none");
    }
    return server;
  }
}
