package ollama.gateway.app;

import java.net.InetAddress;
import ollama.gateway.http.server.AddressText;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.Shortage;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.metrics.GatewayMetrics;

/** Counts what the HTTP core tells, and logs it at a bounded rate: a flood must stay cheap. */
final class CoreEvents implements ServerEvents {

  private final GatewayMetrics metrics;
  private final BoundedLog log;

  CoreEvents(GatewayMetrics metrics, BoundedLog log) {
    this.metrics = metrics;
    this.log = log;
  }

  @Override
  public void refused(InetAddress client, Rule rule) {
    metrics.rejected(rule.reason());
    log.warn(
        rule.reason(), () -> "refused a request of " + AddressText.of(client) + ": " + rule.text());
  }

  @Override
  public void crowded(InetAddress client) {
    metrics.rejected("connections_per_address");
    log.warn(
        "connections_per_address",
        () -> "refused a connection of " + AddressText.of(client) + ": it has too many");
  }

  @Override
  public void acceptPaused(Shortage shortage) {
    switch (shortage) {
      case CONNECTIONS -> {
        metrics.acceptPaused("connections");
        log.warn(
            "accepting pauses (connections)",
            () -> "accepting pauses: as many connections are open as limits.connections allows");
      }
      case DESCRIPTORS -> {
        metrics.acceptPaused("descriptors");
        log.warn(
            "accepting pauses (descriptors)",
            () ->
                "accepting pauses: "
                    + Descriptors.RESERVE
                    + " file descriptors are kept for the connections that are open; raise the"
                    + " limit of this process (ulimit -n, LimitNOFILE= of systemd)");
      }
    }
  }

  @Override
  public void acceptFailed(String why) {
    metrics.acceptPaused("failure");
    log.warn("accept_failed", () -> "accepting connections failed and pauses: " + why);
  }

  @Override
  public void failed(Throwable failure) {
    metrics.failed();
    log.error("internal failures", "a request failed inside the gateway", failure);
  }
}
