package ollama.gateway.valkey;

import static ollama.gateway.valkey.Member.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Soonest;
import ollama.gateway.shared.SharedUsage.Others;
import ollama.gateway.shared.SharedUsage.Reach;
import ollama.gateway.usage.TokenCounts;
import ollama.gateway.usage.UsageRow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Gateways that tell each other, by a real store, what their keys have used. */
final class UsageOfOthersTest {
  private static final String ALICE = key(0xA11CE);

  /** With every character that means something in a pattern. */
  private static final String BOB =
      HexFormat.of().formatHex("*[a-z]\\?".repeat(4).getBytes(StandardCharsets.US_ASCII));

  private static final TokenCounts TOKENS = new TokenCounts(20, 10, 30);

  private TestStore store;
  private final List<Member> members = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    store = TestStore.start();
  }

  @AfterEach
  void end() {
    members.forEach(member -> member.state.close());
    if (store != null) {
      store.close();
    }
  }

  private static String key(long number) {
    return String.format("%064x", number);
  }

  private Member join(String name) throws InterruptedException {
    return join(name, name);
  }

  private Member join(String name, String ledger) throws InterruptedException {
    ServerSpec server = new ServerSpec("gpu", 3, 0, 1);
    Line line = new Line(List.of(server), new Soonest(), LineSettings.DEFAULT);
    Member member = new Member(TestStore.config(store.port()), name, ledger, line, Optional::empty);
    members.add(member);
    await("up", () -> member.isUp);
    return member;
  }

  private static void use(Member member, String key, int times) {
    for (int i = 0; i < times; i++) {
      member.ledger.record(key, "m:latest", TOKENS, false);
    }
  }

  private static Others others(Member member) {
    return member.state.others(Optional.empty(), Optional.empty());
  }

  private static long requests(Others others) {
    return others.rows().stream().mapToLong(UsageRow::requests).sum();
  }

  private static void awaitRequests(Member member, long count) throws InterruptedException {
    await(count + " requests of others", () -> requests(others(member)) == count);
  }

  private static LocalDate today() {
    return LocalDate.now(ZoneOffset.UTC);
  }

  @Test
  void eachIsToldWhatTheOthersHaveCounted() throws Exception {
    Member one = join("one");
    Member other = join("other");
    Member idle = join("idle");
    use(one, ALICE, 2);
    use(other, ALICE, 3);
    use(other, BOB, 4);

    awaitRequests(one, 7);
    awaitRequests(other, 2);
    awaitRequests(idle, 9);
    await("all three", () -> others(one).gateways() == 2);
    UsageRow sum =
        others(idle).rows().stream().filter(row -> row.keyId().equals(ALICE)).findFirst().get();
    assertEquals(
        new UsageRow(ALICE, "m:latest", today(), 5, 0, new TokenCounts(100, 50, 150)), sum);
    assertEquals(Reach.ALL, others(idle).reach());

    use(one, ALICE, 1);
    awaitRequests(other, 3);
  }

  @Test
  void aGatewayThatIsGoneStaysCounted() throws Exception {
    Member gone = join("gone");
    use(gone, ALICE, 2);
    // What it counted last, it tells at its end.
    gone.state.close();

    Member one = join("one");
    assertEquals(2, requests(others(one)));
    assertEquals(1, others(one).gateways());
  }

  @Test
  void whatALedgerHasCountedBeforeARestartIsNotThatOfAnother() throws Exception {
    Member before = join("before", "ledger");
    use(before, ALICE, 2);
    before.state.close();
    Member after = join("after", "ledger");

    assertEquals(List.of(), others(after).rows());
    assertEquals(0, others(after).gateways());
  }

  @Test
  void oneKeyAndTheDaysFromOneOnCanBeAskedFor() throws Exception {
    Member one = join("one");
    one.shift = Duration.ofDays(-2);
    use(one, ALICE, 1);
    use(one, BOB, 2);
    one.shift = Duration.ZERO;
    use(one, ALICE, 4);
    use(one, BOB, 8);
    Member reads = join("reads");
    awaitRequests(reads, 15);

    assertEquals(10, requests(reads.state.others(Optional.of(BOB), Optional.empty())));
    assertEquals(12, requests(reads.state.others(Optional.empty(), Optional.of(today()))));
    assertEquals(8, requests(reads.state.others(Optional.of(BOB), Optional.of(today()))));
    Others none = reads.state.others(Optional.of(""), Optional.empty());
    assertEquals(List.of(), none.rows());
    assertEquals(1, none.gateways());
    // By tomorrow nobody has run.
    assertEquals(
        0, reads.state.others(Optional.empty(), Optional.of(today().plusDays(2))).gateways());
  }

  @Test
  void afterTheStoreWasEmptiedAllIsToldAgain() throws Exception {
    Member one = join("one");
    Member other = join("other");
    use(one, ALICE, 2);
    use(other, BOB, 3);
    awaitRequests(one, 3);
    assertEquals("+OK", store.command("FLUSHALL"));

    awaitRequests(one, 3);
    awaitRequests(other, 2);
  }

  @Test
  void withoutTheStoreItIsSaidAtOnce() throws Exception {
    Member one = join("one");
    Member other = join("other");
    use(other, BOB, 3);
    awaitRequests(one, 3);
    store.close();
    await("down", () -> !one.isUp);

    long began = System.nanoTime();
    assertEquals(Others.NONE, others(one));
    // It doesn't wait, however long it might.
    assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(4));
  }

  @Test
  void whatNoGatewayWritesIsLeftOutAndTold() throws Exception {
    Member one = join("one");
    use(one, ALICE, 2);
    Member reads = join("reads");
    awaitRequests(reads, 2);
    String rows = "test:usage:one:" + today().toEpochDay();
    try (Jedis jedis = new Jedis("127.0.0.1", store.port())) {
      jedis.hset(rows, "short", "1 0 1 0 1");
      jedis.hset(rows, "x".repeat(40), "text");
      jedis.zadd("test:usage:one", 1e9, "no day");
    }

    Others others = others(reads);
    assertEquals(2, requests(others));
    assertEquals(Reach.PART, others.reach());
    assertTrue(reads.told.contains("unreadable: 2 of " + rows), reads.told::toString);
    assertTrue(reads.told.contains("unreadable: 1 of test:usage:one"), reads.told::toString);
    assertTrue(reads.isUp);
  }

  @Test
  void aNameThatHoldsSomethingElseIsTroubleForItsOwnRowsAlone() throws Exception {
    Member one = join("one");
    use(one, ALICE, 2);
    Member reads = join("reads");
    awaitRequests(reads, 2);
    try (Jedis jedis = new Jedis("127.0.0.1", store.port())) {
      jedis.zadd("test:ledgers", (double) today().toEpochDay(), "odd");
      jedis.set("test:usage:odd", "a text");
      jedis.zadd("test:ledgers", (double) today().toEpochDay(), "odder");
      jedis.zadd("test:usage:odder", (double) today().toEpochDay(), "" + today().toEpochDay());
      jedis.set("test:usage:odder:" + today().toEpochDay(), "a text");
    }

    Others others = others(reads);
    assertEquals(2, requests(others));
    assertEquals(Reach.PART, others.reach());
    assertTrue(reads.told.getLast().contains("WRONGTYPE"), reads.told::toString);
    assertTrue(reads.isUp);
  }

  @Test
  void manyRowsAreReadInParts() throws Exception {
    Member one = join("one");
    Member other = join("other");
    int keys = 2 * UsagePublisher.ROWS_AT_ONCE + 100;
    for (Member member : List.of(one, other)) {
      LongStream.range(0, keys).forEach(i -> use(member, key(i), 1));
    }
    Member reads = join("reads");

    awaitRequests(reads, 2L * keys);
    assertEquals(keys, others(reads).rows().size());
    assertEquals(2, requests(reads.state.others(Optional.of(key(5)), Optional.empty())));
  }

  @Test
  void whereItIsTooMuchTheLatestDaysAreWhole() throws Exception {
    List<Member> several = List.of(join("one"), join("other"));
    for (int day = 4; day >= 0; day--) {
      for (int i = 0; i < several.size(); i++) {
        Member member = several.get(i);
        member.shift = Duration.ofDays(-day);
        int first = 10_000 * i;
        LongStream.range(0, 500).forEach(j -> use(member, key(first + j), 1));
      }
    }
    Member reads = join("reads");
    // Of 5,000 rows there may be 3,000.
    await(
        "all of it", () -> requests(others(reads)) >= 2_000 && others(reads).reach() == Reach.PART);

    await(
        "whole days",
        () -> {
          Others others = others(reads);
          long days = today().toEpochDay() - others.from().toEpochDay() + 1;
          return days >= 2 && days < 5 && requests(others) == days * 1_000;
        });
  }

  @Test
  void whatALedgerHasDroppedIsNotInTheStoreEither() throws Exception {
    Member one = join("one");
    one.shift = Duration.ofDays(-3);
    LongStream.range(0, 2_000).forEach(i -> use(one, key(i), 1));
    Member reads = join("reads");
    awaitRequests(reads, 2_000);
    String old = "test:usage:one:" + today().minusDays(3).toEpochDay();
    assertEquals(":1", store.command("EXISTS", old));
    one.shift = Duration.ZERO;
    LongStream.range(0, 2_000).forEach(i -> use(one, key(i), 2));

    awaitRequests(reads, 4_000);
    await("it is gone", () -> exists(old).equals(":0"));
    assertFalse(others(reads).rows().stream().anyMatch(row -> row.day().isBefore(today())));
  }

  private String exists(String name) {
    try {
      return store.command("EXISTS", name);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
