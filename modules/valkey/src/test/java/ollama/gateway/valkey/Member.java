package ollama.gateway.valkey;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedState.Table;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;

/** One of several gateways, as its store sees it. */
final class Member implements SharedListener {
  /** What a ledger holds, and an answer. */
  static final int ROWS_MAX = 3_000;

  private static final long SECONDS_MAX = 30;

  final ValkeyState state;
  final Line line;

  /** By how much its clock is ahead. */
  volatile Duration shift = Duration.ZERO;

  final Ledger ledger =
      Ledger.inMemory(new Bounds(400, ROWS_MAX, 200), () -> Instant.now().plus(shift));

  final Map<Table, Map<String, String>> tables = new ConcurrentHashMap<>();

  /** Entries that nobody needs. */
  final Set<String> outdated = ConcurrentHashMap.newKeySet();

  /** What it was told of the store, in order. */
  final List<String> told = new CopyOnWriteArrayList<>();

  final AtomicLong answers = new AtomicLong();
  final AtomicLong commands = new AtomicLong();
  volatile boolean isUp;

  Member(SharedConfig config, String name, Line line) {
    this(config, name, name, line, Optional::empty);
  }

  Member(
      SharedConfig config,
      String name,
      String ledgerName,
      Line line,
      Supplier<Optional<SSLSocketFactory>> tls) {
    this.state = new ValkeyState(config, name, ledgerName, tls);
    this.line = line;
    state.start(this, line, ledger.changes());
  }

  @Override
  public void entries(Table table, Map<String, String> entries) {
    tables.put(table, entries);
  }

  @Override
  public Set<String> outdated(Table table, Map<String, String> entries) {
    return entries.keySet().stream()
        .filter(name -> outdated.contains(entries.get(name)))
        .collect(Collectors.toSet());
  }

  @Override
  public void up(boolean up, String why) {
    told.add(up ? "up" : "down: " + why);
    isUp = up;
  }

  @Override
  public void refused(String why) {
    told.add("failed: " + why);
  }

  @Override
  public void unreadable(String where, int rows) {
    told.add("unreadable: " + rows + " of " + where);
  }

  @Override
  public void answered(long nanos, int count) {
    long _ = answers.incrementAndGet();
    long _ = commands.addAndGet(count);
  }

  @Override
  public void decidedHere() {}

  Verdict ask(Demand demand) throws InterruptedException {
    return permit(demand).verdict();
  }

  Permit permit(Demand demand) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    Permit permit = state.ask(demand, done::countDown);
    assertTrue(done.await(SECONDS_MAX, TimeUnit.SECONDS));
    return permit;
  }

  static void await(String what, BooleanSupplier is) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (!is.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, what + ": not in time");
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }
}
