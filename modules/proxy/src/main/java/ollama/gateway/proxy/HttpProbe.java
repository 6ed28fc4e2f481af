package ollama.gateway.proxy;

import java.io.IOException;
import java.time.Duration;
import ollama.gateway.balancer.Probe;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.loop.EventLoops;

/** Asks a server for a sign of life, on a connection of its own. */
public final class HttpProbe implements Probe {

  private final ServerGet get;
  private final EventLoops loops;

  /** A probe whose connections are watched by these loops. */
  public HttpProbe(UpstreamClient client, EventLoops loops, ServerTls tls) {
    this.get = new ServerGet(client, tls);
    this.loops = loops;
  }

  @Override
  public int status(OllamaServer server, String path, Duration timeout) throws IOException {
    return get.await(
        loops.next(), server, path, timeout, (head, connection, deadline) -> head.status());
  }
}
