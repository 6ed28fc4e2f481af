package ollama.gateway.proxy;

import java.io.IOException;
import java.time.Duration;
import ollama.gateway.balancer.Probe;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.http.client.Origin;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.client.UpstreamConnection;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.HeadWriter;

/** Asks a server for a sign of life, on a connection of its own. */
public final class HttpProbe implements Probe {

  /** Interim answers and the final one. */
  private static final int HEADS_MAX = 16;

  private final UpstreamClient client;
  private final EventLoops loops;

  /** A probe whose connections are watched by these loops. */
  public HttpProbe(UpstreamClient client, EventLoops loops) {
    this.client = client;
    this.loops = loops;
  }

  @Override
  public int status(UpstreamAddress address, String path, Duration timeout) throws IOException {
    Connection.Check interrupted =
        () -> {
          if (Thread.currentThread().isInterrupted()) {
            throw new IOException("the check was called off");
          }
        };
    long deadline = EventLoop.nanoTime() + timeout.toNanos();
    Origin origin = new Origin(address.host(), address.port());
    try (UpstreamConnection upstream =
        client.connect(loops.next(), origin, timeout.toMillis(), () -> null, interrupted)) {
      HeadWriter.requestLine(upstream.output(), "GET", address.basePath(), path);
      HeadWriter.field(upstream.output(), "Host", address.authority());
      HeadWriter.field(upstream.output(), "User-Agent", "ollama-gateway");
      HeadWriter.field(upstream.output(), "Accept", "*/*");
      HeadWriter.field(upstream.output(), "Connection", "close");
      HeadWriter.end(upstream.output());
      upstream.output().flush(timeout.toMillis());
      for (int i = 0; i < HEADS_MAX; i++) {
        ResponseHead head =
            upstream.awaitHead(false, HeadLimits.DEFAULT, () -> null, interrupted, deadline);
        if (!head.interim()) {
          return head.status();
        }
      }
      throw new IOException("too many interim answers");
    } catch (DeadlineException e) {
      throw new IOException("no answer in " + timeout.toMillis() + " ms", e);
    }
  }
}
