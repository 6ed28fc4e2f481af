package ollama.gateway.valkey;

import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedState;
import ollama.gateway.shared.SharedUsage;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.LedgerChanges;
import ollama.gateway.usage.QuotaDecision;
import org.jspecify.annotations.Nullable;

/** What is in the store, as requests and administrators use it. */
final class ValkeyState implements SharedState {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final SharedConfig config;
  private final String replica;
  private final String ledger;
  private final Supplier<Optional<SSLSocketFactory>> tls;
  private final HotList hotList = new HotList(System::nanoTime);
  private volatile SharedUsage usageOfOthers = (keyId, since) -> Others.NONE;
  private volatile @Nullable Courier courier;

  ValkeyState(
      SharedConfig config,
      String replica,
      String ledger,
      Supplier<Optional<SSLSocketFactory>> tls) {
    this.config = config;
    this.replica = replica;
    this.ledger = ledger;
    this.tls = tls;
  }

  @Override
  public void start(SharedListener listener, Line line, LedgerChanges usage) {
    Connector connector = new Connector(config, tls);
    Courier begins = new Courier(connector, replica, ledger, hotList, listener, line, usage);
    int rowsMax = usage.bounds().maxRows();
    usageOfOthers =
        (keyId, since) ->
            new UsageReader(begins, listener, patienceNanos(), rowsMax, keyId, since).read();
    courier = begins;
    begins.start();
  }

  private Courier courier() {
    Courier started = courier;
    if (started == null) {
      throw new IllegalStateException("it wasn't started");
    }
    return started;
  }

  @Override
  public Permit ask(Demand demand, Runnable onDone) {
    Courier by = courier();
    Admission admission = new Admission(by, demand, onDone);
    long hotNanos = demand.rate().isLimited() ? hotList.leftNanos(demand.rate()) : 0;
    if (hotNanos > 0) {
      admission.decide(tooOften(demand.rate(), hotNanos));
    } else if (by.takes()) {
      by.give(admission);
    } else {
      admission.failed();
    }
    return admission;
  }

  private static Verdict tooOften(Demand.Rate rate, long nanos) {
    int seconds = seconds(nanos);
    Decision decision = new Decision(false, rate.max(), 0, seconds, seconds);
    return new Verdict(Verdict.Kind.TOO_OFTEN, decision, QuotaDecision.NONE);
  }

  private static int seconds(long nanos) {
    return (int) Math.ceilDiv(nanos, NANOS_PER_SECOND);
  }

  @Override
  public long patienceNanos() {
    return TimeUnit.MILLISECONDS.toNanos(config.timeoutMillis());
  }

  @Override
  public int shutOutSeconds(String who) {
    return seconds(hotList.toldLeftNanos(who));
  }

  @Override
  public void announce(Table table, String name, String entry) {
    Courier by = courier();
    by.give(by.gossip().tables().new Announcement(table, Map.of(name, entry), Tables.Way.SAY));
  }

  @Override
  public Others others(Optional<String> keyId, Optional<LocalDate> since) {
    return usageOfOthers.others(keyId, since);
  }

  @Override
  public Condition condition() {
    Courier by = courier();
    return new Condition(by.isUp(), by.gossip().replicas(), by.backlog());
  }

  @Override
  public void close() {
    Courier by = courier;
    if (by != null) {
      by.close();
    }
  }
}
