package ollama.gateway.app;

import java.net.InetAddress;
import ollama.gateway.http.server.AddressText;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.Shortage;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.metrics.GatewayMetrics;

/** Counts what the HTTP core tells, and logs it at a bounded rate: a flood must stay cheap. */
final class ServerEventRecorder implements ServerEvents {

  private final GatewayMetrics metrics;
  private final BoundedLog log;

  ServerEventRecorder(GatewayMetrics metrics, BoundedLog log) {
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
  public void handshakeFailed(InetAddress client, String why) {
    metrics.rejected("tls_handshake");
    log.warn(
        "tls_handshake",
        () -> "TLS wasn't agreed upon with " + AddressText.of(client) + ": " + why);
  }

  @Override
  public void idleClosed(Shortage shortage) {
    metrics.idleClosed(label(shortage));
    log.warn(
        "idle connections are closed (" + label(shortage) + ")",
        () -> "the connection idle longest was closed for a new one: " + why(shortage));
  }

  @Override
  public void acceptPaused(Shortage shortage) {
    metrics.acceptPaused(label(shortage));
    log.warn(
        "accepting pauses (" + label(shortage) + ")",
        () -> "accepting pauses, since no connection is idle: " + why(shortage));
  }

  private static String label(Shortage shortage) {
    return shortage == Shortage.CONNECTIONS ? "connections" : "descriptors";
  }

  private static String why(Shortage shortage) {
    return shortage == Shortage.CONNECTIONS
        ? "as many are open as limits.connections allows"
        : "the file descriptors that are left are kept for those that are open; raise the limit of"
            + " this process (ulimit -n, LimitNOFILE= of systemd)";
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
