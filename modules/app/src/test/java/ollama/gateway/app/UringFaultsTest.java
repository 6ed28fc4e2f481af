package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FailingCalls;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.NumberedStreams;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.Refusing;
import ollama.gateway.app.testing.ShortConnections;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.http.loop.EventLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A kernel that refuses io_uring, or some of it, from the start or later. Where these tests run on
 * NIO, it is NIO that has to cope.
 */
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason = "not checked: a kernel that refuses io_uring: only Linux has it")
@Timeout(300)
class UringFaultsTest {

  /** Whether these tests are meant to be run on io_uring. */
  private static final boolean WANTED =
      System.getProperty("ollama.gateway.expected-io", "unset").equals("io_uring");

  /** What the build asked for instead; a reason of its own. */
  private static final String NOT_WANTED =
      SchedulerTest.FALLBACK
          ? "connections run on the JDK's scheduler"
          : "-Dollama.gateway.io=nio is set";

  private static final int SETUP = 425;
  private static final int ENTER = 426;
  private static final int REGISTER = 427;
  private static final int EPERM = 1;

  private static final int LOOPS = 8;

  /** Of CPU in a second: far more than rest takes, and less than who spins gets on any machine. */
  private static final long BUSY_MILLIS = 100;

  private static final int BEFORE_THE_FAULT = 999;
  private static final int FROM_THEN_ON = 241;

  private static final long GROWTH_BYTES_MAX = 48L << 20;

  private final FakeUpstream upstream = FakeUpstream.start(UringFaultsTest::play);

  @AfterEach
  void close() throws IOException {
    upstream.close();
  }

  @Test
  void whereUringIsNotPermittedNioServesAndTheLogAndTheMetricsSayWhy() throws Exception {
    try (ChildGateway gateway = start(Refusing.calls(EPERM, SETUP, ENTER, REGISTER), 1)) {
      assertServes(gateway);
      assertEquals("nio", ioOf(gateway, 1, says("EPERM", "isn't permitted", "seccomp")));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "38, 425 426 427, io_uring_setup, ENOSYS",
    "22, 425, io_uring_setup, EINVAL",
    "22, 427, io_uring_register, EINVAL",
    "1, 426, io_uring_enter, EPERM",
  })
  void whatAKernelLacksOrAProfileForgotIsNamed(int error, String calls, String call, String name)
      throws Exception {
    if (!WANTED) {
      return;
    }
    int[] numbers = Arrays.stream(calls.split(" ", -1)).mapToInt(Integer::parseInt).toArray();
    if (!call.equals("io_uring_setup")) {
      assumeUring("a kernel that has only some of io_uring");
    }
    try (ChildGateway gateway = start(Refusing.calls(error, numbers), 1)) {
      assertServes(gateway);
      String why = name.equals("EPERM") ? "isn't permitted" : "Linux 6.1";
      assertEquals("nio", ioOf(gateway, 1, says(call, name, why)));
    }
  }

  /** Whether a ring counts as locked memory is the kernel's matter: from Linux 6.14 on it does. */
  @Test
  void littleLockedMemoryIsEnoughOrNioServesAndSaysSo() throws Exception {
    assumeUring("io_uring with little locked memory");
    try (ChildGateway gateway = start(Refusing.lockedMemory(64), 1)) {
      assertServes(gateway);
      String io = ioOf(gateway, 1, says("ENOMEM", "locked memory", "ulimit -l"));
      String version = gateway.version();
      assertTrue(version.contains(", io " + io), version);
    }
  }

  @Test
  void lockedMemoryForOneRingButNotForEightIsForNone() throws Exception {
    if (!WANTED) {
      return;
    }
    assumeUring("loops of which only some can have a ring");
    try (ChildGateway gateway = start(Refusing.lockedMemory(512), LOOPS)) {
      assertAllLoopsServe(gateway);
      String io = ioOf(gateway, LOOPS, says("ENOMEM", "ulimit -l", "for each event loop"));
      assertOfOneKind(gateway, io);
    }
  }

  /** The first ring is made to find out whether that can be done. */
  @ParameterizedTest
  @CsvSource({
    "io_uring_setup, error=ENOMEM:when=5+, ENOMEM",
    "io_uring_setup, error=EMFILE:when=9, EMFILE",
    "io_uring_register, error=EINVAL:when=6, EINVAL",
    "eventfd2, error=EMFILE:when=4, EMFILE",
  })
  void whereOnlySomeLoopsCanHaveARingNoneHasOne(String call, String how, String name)
      throws Exception {
    if (!WANTED) {
      return;
    }
    assumeUring("loops of which only some can have a ring");
    try (ChildGateway gateway = start(Refusing.some(call, how), LOOPS)) {
      assertAllLoopsServe(gateway);
      assertEquals("nio", ioOf(gateway, LOOPS, says(call.replace("2", ""), name)));
      assertOfOneKind(gateway, "nio");
    }
  }

  @Test
  void aWaitThatFailsAtTheThousandthConnectionIsTriedAgain() throws Exception {
    try (ChildGateway gateway = start(":", 1)) {
      connect(gateway, BEFORE_THE_FAULT);
      long descriptors = gateway.openDescriptors();
      long bytes = gateway.residentBytes();
      String waiting = waiting(gateway);
      assertCopes(gateway, waiting, "ENOMEM", 30);
      gateway.logOnceItHas("polling failed");
      assertCopes(gateway, waiting, "EAGAIN", 30);
      // A ring is tried again at once: that is a full queue, which has been emptied then.
      assertCopes(gateway, waiting, "EBUSY", waiting.startsWith("io_uring") ? 20_000 : 30);
      assertCopes(gateway, waiting, "EINTR", 20_000);
      assertRests(gateway, descriptors, bytes);
      // What the fault was, and that it was no more than that.
      String log = gateway.log();
      assertFalse(log.contains("a task failed") || log.contains("thread failed"), log);
    }
  }

  @Test
  void anAcceptThatFailsAtTheThousandthConnectionIsToldAndTriedAgain() throws Exception {
    try (ChildGateway gateway = start(":", 1)) {
      connect(gateway, BEFORE_THE_FAULT);
      long descriptors = gateway.openDescriptors();
      long bytes = gateway.residentBytes();
      assertCopes(gateway, "accept,accept4", "EMFILE", 3);
      assertCopes(gateway, "accept,accept4", "ENOMEM", 3);
      await("pauses", () -> told(gateway, "accepting connections failed and pauses"), n -> n >= 2);
      assertRests(gateway, descriptors, bytes);
    }
  }

  @Test
  void whileEveryWaitFailsTheLogIsBoundedAndNobodySpinsAndAfterwardsAllAreServed()
      throws Exception {
    try (ChildGateway gateway = start(":", 1)) {
      connect(gateway, BEFORE_THE_FAULT);
      long descriptors = gateway.openDescriptors();
      long bytes = gateway.residentBytes();
      long begin = System.nanoTime();
      ShortConnections clients;
      try (FailingCalls failing =
          FailingCalls.in(gateway, waiting(gateway), "error=ENOMEM:when=1+")) {
        clients = new ShortConnections(gateway.address(), FROM_THEN_ON);
        failing.await(100);
        gateway.logOnceItHas("such failures before)");
        assertQuiet(gateway);
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
        long told = told(gateway, "polling failed");
        assertTrue(told <= seconds + 2, told + " in " + seconds + " s");
      }
      assertEquals(List.of(), clients.unanswered());
      assertRests(gateway, descriptors, bytes);
    }
  }

  private static void play(Call call) throws IOException {
    if (call.target().equals("/api/chat")) {
      NumberedStreams.play(call);
    } else {
      call.respond(200, "{}");
    }
  }

  /** One that can't grow much unseen. */
  private ChildGateway start(String before, int loops) throws IOException {
    return ChildGateway.start(
        TestGateway.before(upstream)
            .set("logging", "true")
            .set("metrics", "{\"enabled\": true}")
            // None that a fault could make fail.
            .set("loadBalancer", "{\"healthCheckIntervalInSeconds\": 600}"),
        before,
        "-Dollama.gateway.loops=" + loops,
        "-Xmx64m",
        "-XX:+ExitOnOutOfMemoryError");
  }

  /** Where these tests are on NIO it isn't missed. */
  private static void assumeUring(String what) {
    String io = EventLoops.bestIo();
    assumeTrue(!WANTED || io.equals("io_uring"), () -> "not checked: " + what + ": io is " + io);
  }

  private static void assertServes(ChildGateway gateway) throws Exception {
    connect(gateway, 10);
    try (NumberedStreams streams = new NumberedStreams(gateway.address(), 2, 5)) {
      assertEquals(new NumberedStreams.Outcome(2, 0, 0), streams.await());
    }
  }

  /** More connections than loops at the same time, since those have them in turn. */
  private static void assertAllLoopsServe(ChildGateway gateway) throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 2 * LOOPS; i++) {
        clients.add(gateway.connect().send(TestGateway.postOf("/api/generate", "{}")));
      }
      for (RawClient client : clients) {
        assertEquals(200, client.answer().status());
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
    assertServes(gateway);
  }

  private static void connect(ChildGateway gateway, int count) throws Exception {
    assertEquals(List.of(), new ShortConnections(gateway.address(), count).unanswered());
  }

  private static Predicate<String> says(String... words) {
    return reason -> Arrays.stream(words).allMatch(reason::contains);
  }

  /** What the log and the metrics say alike; if it is NIO, with the reason that is expected. */
  private static String ioOf(ChildGateway gateway, int loops, Predicate<String> expected)
      throws IOException {
    String line;
    try (RawClient client = gateway.connect()) {
      Answer page = client.send(TestGateway.getOf("/metrics")).answer();
      line = page.text().lines().filter(l -> l.startsWith("gateway_io_info{")).findFirst().get();
    }
    String io = line.replaceFirst(".*io=\"([^\"]*)\".*", "$1");
    String reason = line.replaceFirst(".*reason=\"([^\"]*)\".*", "$1");
    String inWords = reason.isEmpty() ? io : io + " (no io_uring: " + reason + ")";
    String log = gateway.logOnceItHas("started: ");
    assertTrue(log.contains(" io=" + inWords + " loops=" + loops + " "), log);
    assertEquals(io.equals("io_uring"), reason.isEmpty(), line);
    if (!WANTED) {
      assertEquals(NOT_WANTED, reason);
    } else {
      assertTrue(reason.isEmpty() || expected.test(reason), reason);
    }
    return io;
  }

  /** Those that were made in vain are gone, soon. */
  private static void assertOfOneKind(ChildGateway gateway, String io) throws IOException {
    long rings = io.equals("io_uring") ? LOOPS : 0;
    assertCount(rings, "rings", () -> gateway.openDescriptors("anon_inode:[io_uring]"));
    assertCount(
        LOOPS - rings, "selectors", () -> gateway.openDescriptors("anon_inode:[eventpoll]"));
    assertCount(LOOPS, "eventfds", () -> gateway.openDescriptors("anon_inode:[eventfd]"));
    assertCount(LOOPS, "loops", () -> gateway.threads("loop-"));
  }

  private static long told(ChildGateway gateway, String what) throws IOException {
    return gateway.log().lines().filter(line -> line.contains(what)).count();
  }

  /** What its loop waits with. */
  private static String waiting(ChildGateway gateway) throws IOException {
    return gateway.openDescriptors("anon_inode:[io_uring]") > 0
        ? "io_uring_enter"
        : "?epoll_wait,?epoll_pwait,?epoll_pwait2";
  }

  /** With so many calls that fail as connections come. */
  private static void assertCopes(ChildGateway gateway, String calls, String error, int count)
      throws Exception {
    try (FailingCalls failing =
        FailingCalls.in(gateway, calls, "error=" + error + ":when=1.." + count)) {
      connect(gateway, FROM_THEN_ON);
      failing.await(count);
      connect(gateway, 1);
    }
  }

  private static void assertRests(ChildGateway gateway, long descriptors, long bytes)
      throws Exception {
    connect(gateway, FROM_THEN_ON);
    assertQuiet(gateway);
    // A few connections to the server are kept, now more, now fewer.
    await("descriptors", gateway::openDescriptors, n -> n <= descriptors + 8);
    long growth = gateway.residentBytes() - bytes;
    assertTrue(growth < GROWTH_BYTES_MAX, growth + " bytes more");
    assertServes(gateway);
  }

  private static void assertQuiet(ChildGateway gateway) throws InterruptedException {
    long busy = gateway.quietestSecondMillis(BUSY_MILLIS);
    assertTrue(busy <= BUSY_MILLIS, busy + " ms of CPU in a second");
  }

  /** Asks the system. */
  private interface Count {
    long now() throws IOException;
  }

  private static void assertCount(long expected, String what, Count count) throws IOException {
    await(what, count, n -> n == expected);
  }

  private static void await(String what, Count count, LongPredicate enough) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    long last = count.now();
    while (!enough.test(last)) {
      assertTrue(System.nanoTime() - deadline < 0, last + " " + what);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      last = count.now();
    }
  }
}
