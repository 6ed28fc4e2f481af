package ollama.gateway.http.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.WatchOn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResolverTest {

  private static final List<InetAddress> FOUND =
      List.of(InetAddress.ofLiteral("192.0.2.1"), InetAddress.ofLiteral("2001:db8::1"));

  private final List<String> lookedUp = new CopyOnWriteArrayList<>();
  private final AtomicLong nanoTime = new AtomicLong(System.nanoTime());
  private final CountDownLatch stuck = new CountDownLatch(1);
  private final Resolver resolver = new Resolver(this::lookUp, nanoTime::get);
  private EventLoops loops;
  private EventLoop loop;

  @BeforeEach
  void start() throws IOException {
    loops = EventLoops.start(1);
    loop = loops.next();
  }

  @AfterEach
  void close() {
    stuck.countDown();
    resolver.close();
    loops.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "192.0.2.255", "::1", "2001:db8::1", "::ffff:192.0.2.1"})
  void anAddressNeedsNoLookUp(String address) throws Exception {
    assertEquals(List.of(InetAddress.ofLiteral(address)), resolve(address, 10_000));
    assertEquals(List.of(), lookedUp);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2.3.256", "1.2.3.4.5", "::g", "99999999999"})
  void whatLooksLikeAnAddressButIsNoneIsUnknown(String address) {
    assertThrows(UnknownHostException.class, () -> resolve(address, 10_000));
    assertEquals(List.of(), lookedUp);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "a.example", "gpu1", "ollama-2", "node1.cluster9", "x.1y2"})
  void aNameIsLookedUpEvenIfItEndsInADigit(String name) throws Exception {
    assertEquals(FOUND, resolve(name, 10_000));
    assertEquals(List.of(name), lookedUp);
  }

  @Test
  void anAnswerIsRememberedForAWhile() throws Exception {
    resolve("a.example", 10_000);
    nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(29));
    assertEquals(FOUND, resolve("a.example", 10_000));
    assertEquals(1, lookedUp.size());

    nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertEquals(FOUND, resolve("a.example", 10_000));
    assertEquals(2, lookedUp.size());
  }

  @Test
  void anOldAnswerOutlivesAFailure() throws Exception {
    assertEquals(FOUND, resolve("once", 10_000));
    nanoTime.addAndGet(TimeUnit.MINUTES.toNanos(5));

    assertEquals(FOUND, resolve("once", 10_000));
    assertEquals(2, lookedUp.size());
  }

  @Test
  void whoAsksMeanwhileSharesTheLookUp() throws Exception {
    CompletableFuture<List<InetAddress>> first = start("slow");
    Tasks.until(() -> lookedUp.contains("slow"), "not looked up");
    CompletableFuture<List<InetAddress>> second = start("slow");
    Tasks.turn(loop);
    stuck.countDown();

    assertEquals(FOUND, Tasks.await(first));
    assertEquals(FOUND, Tasks.await(second));
    assertEquals(List.of("slow"), lookedUp);
  }

  @Test
  void anAnswerOfLastSecondNeedsNoOtherLook() throws Exception {
    assertFalse(found("a.example").remembered());
    assertFalse(found("a.example").remembered());
    nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertTrue(found("a.example").remembered());
    assertEquals(List.of("a.example"), lookedUp);
  }

  @Test
  void aNewLookUpPassesByWhatIsRemembered() throws Exception {
    resolve("a.example", 10_000);
    Tasks.run(loop, () -> resolver.lookUp(loop, "a.example", Timer.NEVER, Watch.NONE));

    assertEquals(List.of("a.example", "a.example"), lookedUp);
  }

  @Test
  void tellsWhetherANameStillHasAnAddressAndLooksItUpAgainWhenThatIsOld() throws Exception {
    InetAddress other = InetAddress.ofLiteral("192.0.2.9");
    assertTrue(resolver.has("192.0.2.1", other));
    assertTrue(resolver.has("moves", other));
    resolve("moves", 10_000);
    assertTrue(resolver.has("moves", FOUND.getFirst()));
    assertFalse(resolver.has("moves", other));

    nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(31));
    Tasks.until(() -> resolver.has("moves", other), "not looked up again");
    assertFalse(resolver.has("moves", FOUND.getFirst()));
    // Who saw the old answer just before the new one came may have begun one more.
    assertTrue(lookedUp.size() <= 3, lookedUp::toString);
  }

  @Test
  void aClientThatLeavesEndsTheWait() throws Exception {
    try (LoopbackPair client = LoopbackPair.on(loop)) {
      CompletableFuture<Resolver.Found> waiting =
          Tasks.start(
              loop,
              () ->
                  resolver.resolve(
                      loop,
                      "stuck",
                      Timer.NEVER,
                      WatchOn.untilReadable(client.connection(), "the client left")));
      Tasks.until(() -> lookedUp.contains("stuck"), "not looked up");
      Tasks.turn(loop);
      client.peer().close();

      IOException why = assertThrows(IOException.class, () -> Tasks.await(waiting));
      assertEquals("the client left", why.getMessage());
    }
  }

  @Test
  void whenTooManyAreLookedUpAtOnceThatSaysNothingOfTheName() throws Exception {
    List<CompletableFuture<List<InetAddress>>> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      all.add(start("stuck-" + i));
    }
    int refused = 300 - 256 - 4;
    Tasks.until(
        () -> all.stream().filter(CompletableFuture::isCompletedExceptionally).count() >= refused,
        "none were refused");
    assertThrows(LookUpException.class, () -> Tasks.await(start("one.more")));
    stuck.countDown();
    for (CompletableFuture<List<InetAddress>> each : all) {
      if (!each.isCompletedExceptionally()) {
        assertEquals(FOUND, Tasks.await(each));
      }
    }
    assertEquals(FOUND, resolve("one.more", 10_000));
  }

  @Test
  void theJvmRemembersNoNames() {
    assertEquals("0", Security.getProperty("networkaddress.cache.ttl"));
    assertEquals("0", Security.getProperty("networkaddress.cache.negative.ttl"));
  }

  @Test
  void aLookUpThatEndsInAnErrorSaysNothingOfTheNameAndIsNotTheLast() throws Exception {
    AtomicBoolean failing = new AtomicBoolean(true);
    try (Resolver unlucky =
        new Resolver(
            host -> {
              if (failing.get()) {
                throw new OutOfMemoryError("on purpose, by a test");
              }
              return FOUND;
            },
            nanoTime::get)) {
      assertThrows(LookUpException.class, () -> resolve(unlucky, "a.example", 10_000));
      failing.set(false);
      assertEquals(FOUND, resolve(unlucky, "a.example", 10_000));
    }
  }

  @Test
  void aFailureIsNotRemembered() {
    for (int i = 1; i <= 2; i++) {
      assertThrows(UnknownHostException.class, () -> resolve("unknown", 10_000));
      assertEquals(i, lookedUp.size());
    }
  }

  @Test
  void aLookUpThatTakesTooLongIsGivenUp() {
    assertThrows(LookUpException.class, () -> resolve("stuck", 20));
  }

  @Test
  void lookUpsThatNobodyWaitsForAnyMoreAreNotMade() throws Exception {
    for (int i = 0; i < 50; i++) {
      assertThrows(LookUpException.class, () -> resolve("stuck", 1));
    }
    stuck.countDown();
    assertEquals(FOUND, resolve("a.example", 10_000));

    assertTrue(Collections.frequency(lookedUp, "stuck") <= 4, lookedUp.toString());
  }

  @Test
  void aClosedResolverFindsNothingNew() throws Exception {
    resolve("a.example", 10_000);
    resolver.close();

    assertEquals(FOUND, resolve("a.example", 10_000));
    assertThrows(LookUpException.class, () -> resolve("b.example", 10_000));
  }

  @Test
  void looksUpOnAPlatformThreadSoThatTheLoopGoesOn() throws Exception {
    CompletableFuture<List<InetAddress>> waiting = start("slow");
    Tasks.turn(loop);
    assertFalse(waiting.isDone());
    stuck.countDown();

    assertEquals(FOUND, Tasks.await(waiting));
  }

  private List<InetAddress> resolve(String host, long millis) throws Exception {
    return Tasks.run(loop, () -> find(host, millis).addresses());
  }

  private CompletableFuture<List<InetAddress>> start(String host) {
    return Tasks.start(loop, () -> find(host, 10_000).addresses());
  }

  private Resolver.Found found(String host) throws Exception {
    return Tasks.run(loop, () -> find(host, 10_000));
  }

  private List<InetAddress> resolve(Resolver another, String host, long millis) throws Exception {
    return Tasks.run(loop, () -> find(another, host, millis).addresses());
  }

  private Resolver.Found find(String host, long millis) throws IOException {
    return find(resolver, host, millis);
  }

  private Resolver.Found find(Resolver from, String host, long millis) throws IOException {
    long deadline = EventLoop.deadlineMillis(millis);
    return from.resolve(loop, host, deadline, Watch.NONE);
  }

  private List<InetAddress> lookUp(String host) throws UnknownHostException {
    assertFalse(Thread.currentThread().isVirtual());
    lookedUp.add(host);
    boolean again = Collections.frequency(lookedUp, host) > 1;
    return switch (host.replaceFirst("-.*", "")) {
      case "moves" -> again ? List.of(InetAddress.ofLiteral("192.0.2.9")) : FOUND;
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
