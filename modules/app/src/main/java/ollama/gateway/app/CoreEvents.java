package ollama.gateway.app;

import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLong;
import ollama.gateway.http.server.AddressText;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.metrics.GatewayMetrics;

/** Counts what the HTTP core tells, and logs it at most once a second: a flood must stay cheap. */
final class CoreEvents implements ServerEvents {

  private static final System.Logger LOG = System.getLogger("ollama.gateway.http");
  private static final long PERIOD_NANOS = 1_000_000_000;

  private final GatewayMetrics metrics;
  private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong unlogged = new AtomicLong();

  CoreEvents(GatewayMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public void refused(InetAddress client, Rule rule) {
    metrics.rejected(rule.reason());
    warn("refused a request of " + AddressText.of(client) + ": " + rule.text());
  }

  @Override
  public void crowded(InetAddress client) {
    metrics.rejected("connections_per_address");
    warn("refused a connection of " + AddressText.of(client) + ": it has too many");
  }

  @Override
  public void acceptFailed(String why) {
    metrics.rejected("accept_failed");
    warn("accepting connections failed and pauses: " + why);
  }

  @Override
  public void failed(Throwable failure) {
    LOG.log(System.Logger.Level.ERROR, "a request failed inside the gateway", failure);
  }

  private void warn(String message) {
    long now = System.nanoTime();
    long next = nextNanos.get();
    if (now - next < 0 || !nextNanos.compareAndSet(next, now + PERIOD_NANOS)) {
      unlogged.incrementAndGet();
      return;
    }
    long more = unlogged.getAndSet(0);
    LOG.log(
        System.Logger.Level.WARNING,
        more == 0 ? message : message + " (and " + more + " such events before)");
  }
}
