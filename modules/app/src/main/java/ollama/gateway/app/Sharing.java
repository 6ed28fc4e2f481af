package ollama.gateway.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigProblem;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.metrics.SharedMetrics;
import ollama.gateway.shared.SharedLimits;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedState;
import ollama.gateway.shared.SharedStates;

/** What this gateway has in common with others; nothing as a rule. */
final class Sharing implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Sharing.class.getName());

  private final Optional<SharedState> state;
  private final SharedConfig config;

  private Sharing(Optional<SharedState> state, SharedConfig config) {
    this.state = state;
    this.config = config;
  }

  /**
   * As the settings say.
   *
   * @param ledger the name of what counts tokens
   */
  static Sharing of(SharedConfig config, String ledger) {
    Optional<SharedState> state =
        config.isOn()
            ? SharedStates.service()
                .map(service -> service.open(config, LedgerName.random(), ledger))
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

  /** What requests ask; empty where nothing is shared. */
  Optional<SharedLimits> limits() {
    return state.map(SharedLimits.class::cast);
  }

  /** Begins to exchange with the others. */
  void start(SharedMetrics metrics, Line line) {
    state.ifPresent(shared -> shared.start(new Listener(metrics), line));
  }

  @Override
  public void close() {
    state.ifPresent(SharedState::close);
  }

  private final class Listener implements SharedListener {
    private final SharedMetrics metrics;

    private Listener(SharedMetrics metrics) {
      this.metrics = metrics;
    }

    @Override
    public void entries(SharedState.Table table, Map<String, String> entries) {}

    @Override
    public void up(boolean up, String why) {
      metrics.up(up);
      if (up) {
        LOG.log(System.Logger.Level.INFO, "limits are shared by " + config.store());
      } else {
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
    public void decidedHere() {
      metrics.decidedHere();
    }
  }
}
