package ollama.gateway.app;

import java.io.IOException;
import java.time.Duration;
import ollama.gateway.balancer.Probe;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.metrics.UpstreamMetrics;

/** Counts what checks of servers come to. */
record CountingProbe(Probe probe, UpstreamMetrics metrics) implements Probe {

  @Override
  public int status(OllamaServer server, String path, Duration timeout) throws IOException {
    boolean isWell = false;
    boolean isAsked = true;
    try {
      int status = probe.status(server, path, timeout);
      isWell = status >= 200 && status <= 299;
      return status;
    } catch (UnableException e) {
      isAsked = false;
      throw e;
    } finally {
      if (isAsked && !Thread.currentThread().isInterrupted()) {
        metrics.checked(server.url().toString(), isWell);
      }
    }
  }
}
