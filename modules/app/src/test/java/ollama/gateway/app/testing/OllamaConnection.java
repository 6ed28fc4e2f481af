package ollama.gateway.app.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A connection of an {@link OllamaLike}. One thread reads requests, also while one is being
 * answered, so that a client that leaves is noticed at once; another answers them in their order.
 */
final class OllamaConnection {

  private final Socket socket;
  private final OllamaScheduler scheduler;
  private final BlockingQueue<Optional<Call>> calls = new LinkedBlockingQueue<>();
  private volatile boolean gone;

  OllamaConnection(Socket socket, OllamaScheduler scheduler) {
    this.socket = socket;
    this.scheduler = scheduler;
  }

  /** Whether the client has left. */
  boolean isGone() {
    return gone;
  }

  /** Answers each call with this, until the connection ends. */
  void serve(OllamaAnswers answers) {
    try (socket) {
      socket.setTcpNoDelay(true);
      Thread _ = Thread.ofVirtual().start(this::read);
      Optional<Call> next = calls.take();
      while (next.isPresent()) {
        answers.answer(next.get(), this);
        next = calls.take();
      }
    } catch (IOException e) {
      // The client went.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    try {
      BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
      Optional<Head> head = Head.read(in);
      while (head.isPresent()) {
        Call call = new Call(head.get(), 0, socket, in);
        String _ = call.readBody();
        calls.add(Optional.of(call));
        head = Head.read(in);
      }
    } catch (IOException e) {
      // An end as well.
    } finally {
      scheduler.change(() -> gone = true);
      calls.add(Optional.empty());
    }
  }
}
