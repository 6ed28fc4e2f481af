package ollama.gateway.http.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResolverTest {

  private static final List<InetAddress> FOUND =
      List.of(InetAddress.ofLiteral("192.0.2.1"), InetAddress.ofLiteral("2001:db8::1"));

  private final List<String> lookedUp = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong nanoTime = new AtomicLong(System.nanoTime());
  private final CountDownLatch stuck = new CountDownLatch(1);
  private final Resolver resolver = new Resolver(this::lookUp, nanoTime::get);

  @AfterEach
  void close() {
    stuck.countDown();
    resolver.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "192.0.2.255", "::1", "2001:db8::1", "::ffff:192.0.2.1"})
  void anAddressNeedsNoLookUp(String address) throws Exception {
    assertEquals(List.of(InetAddress.ofLiteral(address)), resolver.resolve(address, 10_000));
    assertEquals(List.of(), lookedUp);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2.3.256", "1.2.3.4.5", "::g", "99999999999"})
  void whatLooksLikeAnAddressButIsNoneIsUnknown(String address) {
    assertThrows(UnknownHostException.class, () -> resolver.resolve(address, 10_000));
    assertEquals(List.of(), lookedUp);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "a.example", "gpu1", "ollama-2", "node1.cluster9", "x.1y2"})
  void aNameIsLookedUpEvenIfItEndsInADigit(String name) throws Exception {
    assertEquals(FOUND, resolver.resolve(name, 10_000));
    assertEquals(List.of(name), lookedUp);
  }

  @Test
  void anAnswerIsRememberedForAWhile() throws Exception {
    resolver.resolve("a.example", 10_000);
    nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(29));
    assertEquals(FOUND, resolver.resolve("a.example", 10_000));
    assertEquals(1, lookedUp.size());

    nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertEquals(FOUND, resolver.resolve("a.example", 10_000));
    assertEquals(2, lookedUp.size());
  }

  @Test
  void anOldAnswerOutlivesAFailure() throws Exception {
    assertEquals(FOUND, resolver.resolve("once", 10_000));
    nanoTime.addAndGet(TimeUnit.MINUTES.toNanos(5));

    assertEquals(FOUND, resolver.resolve("once", 10_000));
    assertEquals(2, lookedUp.size());
  }

  @Test
  void whoAsksMeanwhileSharesTheLookUp() throws Exception {
    try (EventLoops loops = EventLoops.start(1)) {
      var first = Tasks.start(loops.next(), () -> resolver.resolve("slow", 10_000));
      Tasks.until(() -> lookedUp.contains("slow"), "not looked up");
      var second = Tasks.start(loops.next(), () -> resolver.resolve("slow", 10_000));
      Tasks.turn(loops.next());
      stuck.countDown();

      assertEquals(FOUND, Tasks.await(first));
      assertEquals(FOUND, Tasks.await(second));
      assertEquals(List.of("slow"), lookedUp);
    }
  }

  @Test
  void aFailureIsNotRemembered() {
    for (int i = 1; i <= 2; i++) {
      assertThrows(UnknownHostException.class, () -> resolver.resolve("unknown", 10_000));
      assertEquals(i, lookedUp.size());
    }
  }

  @Test
  void aLookUpThatTakesTooLongIsGivenUp() {
    assertThrows(UnknownHostException.class, () -> resolver.resolve("stuck", 20));
  }

  @Test
  void lookUpsThatNobodyWaitsForAnyMoreAreNotMade() throws Exception {
    for (int i = 0; i < 50; i++) {
      assertThrows(UnknownHostException.class, () -> resolver.resolve("stuck", 1));
    }
    stuck.countDown();
    assertEquals(FOUND, resolver.resolve("a.example", 10_000));

    assertTrue(Collections.frequency(lookedUp, "stuck") <= 4, lookedUp.toString());
  }

  @Test
  void aClosedResolverFindsNothingNew() throws Exception {
    resolver.resolve("a.example", 10_000);
    resolver.close();

    assertEquals(FOUND, resolver.resolve("a.example", 10_000));
    assertThrows(UnknownHostException.class, () -> resolver.resolve("b.example", 10_000));
  }

  @Test
  void looksUpOnAPlatformThreadSoThatTheLoopGoesOn() throws Exception {
    try (EventLoops loops = EventLoops.start(1)) {
      var waiting = Tasks.start(loops.next(), () -> resolver.resolve("slow", 10_000));
      Tasks.turn(loops.next());
      assertFalse(waiting.isDone());
      stuck.countDown();

      assertEquals(FOUND, Tasks.await(waiting));
    }
  }

  private List<InetAddress> lookUp(String host) throws UnknownHostException {
    assertFalse(Thread.currentThread().isVirtual());
    lookedUp.add(host);
    boolean again = Collections.frequency(lookedUp, host) > 1;
    return switch (host) {
      case "once" -> {
        if (again) {
          throw new UnknownHostException(host);
        }
        yield FOUND;
      }
      case "unknown" -> throw new UnknownHostException(host);
      case "stuck", "slow" -> {
        try {
          Tasks.await(stuck);
        } catch (InterruptedException e) {
          throw new UnknownHostException("interrupted");
        }
        yield FOUND;
      }
      default -> FOUND;
    };
  }
}
