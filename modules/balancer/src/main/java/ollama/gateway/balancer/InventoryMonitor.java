package ollama.gateway.balancer;

import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * Keeps up to date which models each server has: asks at once, then every few seconds, and out of
 * turn when a request wants to know, at most twice a second.
 */
public final class InventoryMonitor implements AutoCloseable {

  private final InventorySource source;
  private final ServerThreads<InventoryKeeper> keepers;

  /**
   * A monitor that asks nobody yet.
   *
   * @param source asks a server; called on the threads of {@code threads}
   * @param threads as {@link HealthMonitor} has them
   */
  public InventoryMonitor(InventorySource source, ThreadFactory threads) {
    this.source = source;
    this.keepers = new ServerThreads<>("models", threads);
  }

  /**
   * Asks these servers and no others from now on. Never waits; does nothing once closed.
   *
   * @param servers none where there is nothing to choose
   * @param intervalSeconds between two looks at a server
   */
  public void watch(List<Upstream> servers, int intervalSeconds) {
    keepers.watch(
        servers,
        server -> new InventoryKeeper(server, source, intervalSeconds),
        known -> known.reconfigure(intervalSeconds));
  }

  /** Stops asking, as {@link HealthMonitor#close}. */
  @Override
  public void close() {
    keepers.close();
  }
}
