package ollama.gateway.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import ollama.gateway.balancer.Probe.UnableException;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.http.client.LookUpException;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.client.UpstreamConnection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.OutOfDescriptorsException;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.wire.FieldBlock;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.HeadWriter;

/** One GET of the gateway's own to a server, on a connection of its own. */
final class ServerGet {

  private static final FieldName USER_AGENT = FieldName.of("User-Agent");
  private static final FieldBlock FIELDS =
      FieldBlock.of(FieldName.of("Accept"), "*/*").and(FieldName.of("Connection"), "close");

  private static final int FIRST_BYTES = 16 * 1024;

  /** Lists of thousands of models. */
  private static final int BODY_BYTES_MAX = 8 * 1024 * 1024;

  /** What is made of an answer. */
  interface Reading<T> {

    /**
     * Reads what is wanted of it.
     *
     * @param connection what comes behind the head is read from it
     * @param deadlineNanos when it has to be done
     */
    T read(ResponseHead head, UpstreamConnection connection, long deadlineNanos) throws IOException;
  }

  private final UpstreamClient client;
  private final ServerTls tls;

  /** One that takes its connections from there. */
  ServerGet(UpstreamClient client, ServerTls tls) {
    this.client = client;
    this.tls = tls;
  }

  /**
   * As {@link #ask}, for a thread that doesn't belong to the loop: it waits meanwhile.
   *
   * @throws UnableException if the server couldn't be asked at all
   * @throws IOException if it didn't answer, or not in time
   */
  <T> T await(EventLoop loop, OllamaServer asked, String path, Duration timeout, Reading<T> reading)
      throws IOException {
    FutureTask<T> question = new FutureTask<>(() -> ask(loop, asked, path, timeout, reading));
    Thread asking = loop.startThread(question);
    try {
      return question.get();
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

  /**
   * Asks and reads, on one of the loop's virtual threads: only they may touch its connections.
   *
   * @param timeout for all of it
   * @throws UnableException if the server couldn't be asked at all
   * @throws IOException if it didn't answer, or not in time
   */
  <T> T ask(EventLoop loop, OllamaServer asked, String path, Duration timeout, Reading<T> reading)
      throws IOException {
    long deadline = EventLoop.nanoTime() + timeout.toNanos();
    UpstreamTarget server = UpstreamTarget.of(asked, tls);
    try (UpstreamCall call =
        new UpstreamCall(
            client.connect(loop, server.origin(), timeout.toMillis(), Watch.NONE),
            new Until(deadline),
            false,
            UpstreamCall.InterimListener.NONE)) {
      HeadWriter.requestLine(call.output(), "GET", server.basePath(), path);
      HeadWriter.fields(call.output(), server.host());
      server.writeHeaders(call.output());
      if (!server.replaces(USER_AGENT)) {
        HeadWriter.field(call.output(), USER_AGENT, "ollama-gateway");
      }
      HeadWriter.fields(call.output(), FIELDS);
      HeadWriter.end(call.output());
      call.finish();
      ResponseHead head = call.awaitHead();
      return reading.read(head, call.connection(), deadline);
    } catch (OutOfDescriptorsException | LookUpException e) {
      throw new UnableException(e);
    } catch (DeadlineException e) {
      throw new IOException("no answer in " + timeout.toMillis() + " ms", e);
    }
  }

  /** Reads the whole body of an answer that has the status 200; one of 8 MiB at most. */
  static byte[] body(ResponseHead head, UpstreamConnection connection, long deadline)
      throws IOException {
    if (head.status() != 200) {
      throw new StatusException(head.status());
    }
    return whole(connection, BODY_BYTES_MAX, deadline);
  }

  /** An answer has another status than the one that is wanted. */
  static final class StatusException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    private StatusException(int status) {
      super("status " + status);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /** An answer has a longer body than is read. */
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    private TooLargeException(String message) {
      super(message);
    }
  }

  /**
   * Reads the whole body of an answer; one of {@code bytesMax} bytes at most.
   *
   * @throws TooLargeException when there are more
   */
  static byte[] whole(UpstreamConnection connection, int bytesMax, long deadline)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(FIRST_BYTES);
    while (!connection.body().done()) {
      if (connection.input().isEmpty()) {
        connection.input().release();
        connection.connection().awaitReadable(null, deadline, "the rest of the answer");
        if (connection.connection().readable() && connection.input().fill() < 0) {
          connection.body().endOfInput();
        }
      }
      connection.body().decode(connection.input().bytes(), bytes);
      if (!bytes.hasRemaining()) {
        if (bytes.capacity() >= bytesMax) {
          throw new TooLargeException("more than " + bytesMax + " bytes");
        }
        bytes = ByteBuffer.allocate(bytes.capacity() * 2).put(bytes.flip());
      }
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
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
