package ollama.gateway.app;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.balancer.HealthListener;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigProblem;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.metrics.SharedMetrics;
import ollama.gateway.shared.SharedCounts;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedState;
import ollama.gateway.shared.SharedState.Table;
import ollama.gateway.shared.SharedStates;
import ollama.gateway.usage.LedgerChanges;

/** What this gateway has in common with others; nothing as a rule. */
final class Sharing implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Sharing.class.getName());

  /**
   * What others have announced, such as that a key is disabled, is to be in force before the first
   * request. A store that doesn't answer ends the wait long before.
   */
  private static final long FIRST_NEWS_MILLIS_MAX = 10_000;

  private final Optional<SharedState> state;
  private final SharedConfig config;
  private final SharedKeys keys;
  private final Optional<SharedDrains> drains;
  private Optional<SharedNews> news = Optional.empty();
  private volatile boolean started;

  Sharing(Optional<SharedState> state, SharedConfig config) {
    this.state = state;
    this.config = config;
    InstantSource clock = InstantSource.system();
    this.keys =
        state.isPresent()
            ? SharedKeys.with((name, entry) -> announce(Table.KEYS, name, entry), clock)
            : SharedKeys.none();
    this.drains =
        state.map(_ -> new SharedDrains((name, to) -> announce(Table.DRAINS, name, to), clock));
  }

  /**
   * As the settings say.
   *
   * @param ledger the name of what counts tokens
   * @param tls what speaks TLS with the store, as its files are now
   */
  static Sharing of(SharedConfig config, String ledger, Supplier<Optional<SSLSocketFactory>> tls) {
    Optional<SharedState> state =
        config.isOn()
            ? SharedStates.service()
                .map(service -> service.open(config, LedgerName.random(), ledger, tls))
            : Optional.empty();
    return new Sharing(state, config);
  }

  /**
   * Whether this image can do what the settings want.
   *
   * @throws ConfigException if not
   */
  static void check(SharedConfig config, Path file) throws ConfigException {
    if (config.isOn() && SharedStates.service().isEmpty()) {
      throw new ConfigException(
          file.toString(),
          List.of(
              new ConfigProblem(
                  "shared",
                  0,
                  0,
                  "this image can't share anything with other gateways: take the full one (make"
                      + " image-full, or the container's tag that ends in -full)")));
    }
  }

  /** What all gateways count; empty where nothing is shared. */
  Optional<SharedCounts> counts() {
    return state.map(SharedCounts.class::cast);
  }

  /** The keys to be in force. */
  SharedKeys keys() {
    return keys;
  }

  /**
   * Takes note of all that the store has of servers out of service; {@link #drain} is to follow.
   */
  void heardOfDrains(Map<String, String> entries) {
    drains.ifPresent(shared -> shared.heard(entries));
  }

  /** Takes these servers out of service, or back, where other gateways have announced it. */
  void drain(List<Upstream> servers) {
    drains.ifPresent(shared -> shared.apply(servers));
  }

  /** What is to be told of servers, so that other gateways hear of it where they have to. */
  HealthListener before(HealthListener listener) {
    return drains.map(shared -> shared.before(listener)).orElse(listener);
  }

  /**
   * Begins to exchange with the others, and waits a moment for what they have announced.
   *
   * @param line in front of the servers
   * @param usage what this gateway counts of its keys' usage
   * @param reader takes all that is announced in a table, on a thread of its own
   */
  void start(
      SharedMetrics metrics,
      Line line,
      LedgerChanges usage,
      BiConsumer<Table, Map<String, String>> reader) {
    if (state.isPresent()) {
      SharedNews begun = new SharedNews(reader);
      news = Optional.of(begun);
      state.get().start(new Listener(metrics, begun), line, usage);
      started = true;
      begun.start();
      begun.awaitFirst(FIRST_NEWS_MILLIS_MAX);
    }
  }

  /** What is announced before the start is told then, since the store doesn't have it. */
  private void announce(Table table, String name, String entry) {
    if (started) {
      state.ifPresent(shared -> shared.announce(table, name, entry));
    }
  }

  /** Takes nothing over any more; what is asked of the store still is. */
  void stopReading() {
    news.ifPresent(SharedNews::close);
  }

  @Override
  public void close() {
    stopReading();
    state.ifPresent(SharedState::close);
  }

  private final class Listener implements SharedListener {
    private final SharedMetrics metrics;
    private final SharedNews news;
    private final BoundedLog refusals = new BoundedLog(LOG);

    private Listener(SharedMetrics metrics, SharedNews news) {
      this.metrics = metrics;
      this.news = news;
    }

    @Override
    public void entries(Table table, Map<String, String> entries) {
      news.tell(table, entries);
    }

    @Override
    public Set<String> outdated(Table table, Map<String, String> entries) {
      return table == Table.KEYS ? Removals.over(entries, System.currentTimeMillis()) : Set.of();
    }

    @Override
    public void up(boolean up, String why) {
      metrics.up(up);
      if (up) {
        LOG.log(System.Logger.Level.INFO, "limits are shared by " + config.store());
      } else {
        news.isDown();
        LOG.log(
            System.Logger.Level.WARNING,
            "what gateways share can't be reached at "
                + config.store()
                + ", and "
                + (config.refuses()
                    ? "requests that need it are refused"
                    : "each gateway counts for itself")
                + " (shared.onFailure): "
                + why);
      }
    }

    @Override
    public void answered(long nanos, int commands) {
      metrics.answered(nanos, commands);
    }

    @Override
    public void refused(String why) {
      metrics.refused();
      refusals.warn(
          "the store refused", () -> "the store that gateways share refused one request: " + why);
    }

    @Override
    public void unreadable(String where, int rows) {
      metrics.unreadable(rows);
      refusals.warn(
          "isn't as gateways write it",
          () ->
              "of what gateways share, "
                  + rows
                  + " rows of usage under "
                  + where
                  + " aren't as gateways write them, and are left out");
    }

    @Override
    public void decidedHere() {
      metrics.decidedHere();
    }
  }
}
