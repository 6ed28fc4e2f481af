package ollama.gateway.proxy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import ollama.gateway.balancer.Probe;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.http.client.LookUpException;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.OutOfDescriptorsException;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.wire.FieldBlock;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.HeadWriter;

/** Asks a server for a sign of life, on a connection of its own. */
public final class HttpProbe implements Probe {

  private static final FieldBlock FIELDS =
      FieldBlock.of(FieldName.of("User-Agent"), "ollama-gateway")
          .and(FieldName.of("Accept"), "*/*")
          .and(FieldName.of("Connection"), "close");

  private final UpstreamClient client;
  private final EventLoops loops;

  /** A probe whose connections are watched by these loops. */
  public HttpProbe(UpstreamClient client, EventLoops loops) {
    this.client = client;
    this.loops = loops;
  }

  /** The work is done on a loop, because only a loop may touch its connections. */
  @Override
  public int status(UpstreamAddress address, String path, Duration timeout) throws IOException {
    EventLoop loop = loops.next();
    FutureTask<Integer> check = new FutureTask<>(() -> ask(loop, address, path, timeout));
    Thread asking = loop.startThread(check);
    try {
      return check.get();
    } catch (InterruptedException e) {
      asking.interrupt();
      Thread.currentThread().interrupt();
      throw new IOException("the check was called off", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      // A mistake or a want of ours, which says nothing about the server.
      throw new UnableException(new IOException(String.valueOf(e.getCause()), e));
    }
  }

  private int ask(EventLoop loop, UpstreamAddress address, String path, Duration timeout)
      throws IOException {
    long deadline = EventLoop.nanoTime() + timeout.toNanos();
    UpstreamTarget server = UpstreamTarget.of(address);
    try (UpstreamCall call =
        new UpstreamCall(
            client.connect(loop, server.origin(), timeout.toMillis(), Watch.NONE),
            new Until(deadline),
            false,
            UpstreamCall.InterimListener.NONE)) {
      HeadWriter.requestLine(call.output(), "GET", server.basePath(), path);
      HeadWriter.fields(call.output(), server.host());
      HeadWriter.fields(call.output(), FIELDS);
      HeadWriter.end(call.output());
      call.finish();
      return call.awaitHead().status();
    } catch (OutOfDescriptorsException | LookUpException e) {
      throw new UnableException(e);
    } catch (DeadlineException e) {
      throw new IOException("no answer in " + timeout.toMillis() + " ms", e);
    }
  }

  /** Nobody asks, and all has to be done by then. */
  private record Until(long deadlineNanos) implements Patience {

    @Override
    public long taking() {
      return deadlineNanos;
    }

    @Override
    public long answering() {
      return deadlineNanos;
    }

    @Override
    public Watch client() {
      return Watch.NONE;
    }
  }
}
