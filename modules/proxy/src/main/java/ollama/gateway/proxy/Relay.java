package ollama.gateway.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import ollama.gateway.http.client.UpstreamConnection;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.PayloadObserver;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.http.wire.Rule;
import ollama.gateway.ollama.UsageEraser;
import org.jspecify.annotations.Nullable;

/**
 * Passes a server's answer on to the client; every byte goes out as soon as it is here.
 *
 * <p>A usual token comes while this request's thread is parked, is read and written by the event
 * loop itself, and leaves the thread parked: see {@link #passOnAtOnce}. Whatever else happens wakes
 * the thread, which finds things as if it had done that itself.
 */
final class Relay {

  private final Call call;
  private final Exchange exchange;
  private final ResponseWriter response;
  private final UpstreamConnection upstream;
  private final Recorder recorder;
  private final PayloadObserver observer;
  private final long idleMillis;
  // What ended passOnAtOnce: the request's own thread throws it.
  private @Nullable IOException failure;
  private @Nullable UsageEraser eraser;
  private @Nullable IllegalStateException mistake;

  /**
   * Nothing is passed on yet.
   *
   * @param observer is shown the answer's payload
   */
  Relay(Call call, UpstreamConnection upstream, Recorder recorder, PayloadObserver observer) {
    this.call = call;
    this.exchange = call.exchange();
    this.response = exchange.response();
    this.upstream = upstream;
    this.recorder = recorder;
    this.observer = observer;
    this.idleMillis = call.settings().config().timeouts().upstreamIdleSeconds() * 1000L;
  }

  /**
   * Passes it on, to its end. What the client hasn't taken by then waits for {@link
   * ResponseWriter#end}, which is left to the caller: nothing of that is the server's business.
   *
   * @throws PeerLeftException when the client left
   */
  Outcome run(ResponseHead head) throws PeerLeftException {
    try {
      if (!call.heartbeat().hasBegun()) {
        RelayedHead.write(call, head);
      }
      if (call.asksUsage() && isStream(head)) {
        eraser = new UsageEraser();
      }
      passOn();
      if (!upstream.body().done()) {
        upstream.connection().tcp().acknowledgeByTwos();
      }
      while (!upstream.body().done()) {
        response.flush();
        await();
        passOn();
      }
      return Ending.WHOLE;
    } catch (PeerLeftException e) {
      throw e;
    } catch (IOException e) {
      Failure failure = Failure.CUT;
      String why = Attempt.why(e);
      if (e instanceof DeadlineException) {
        recorder.timedOut(Timeout.UPSTREAM_IDLE);
        why = "it stopped in mid-answer";
      } else if (e instanceof ProtocolException broken) {
        recorder.brokenAnswer(broken.rule());
        if (broken.rule() == Rule.TRUNCATED) {
          why = "it closed the connection in mid-answer";
        } else {
          failure = Failure.MALFORMED;
        }
      }
      if (response.sent()) {
        return new Ending.Cut(failure, why);
      }
      response.withdraw();
      return new Outcome.Failed(failure, why);
    }
  }

  /** Whether an answer's length can change on its way. */
  private static boolean isStream(ResponseHead head) {
    return head.status() == 200 && head.framing().kind() != Framing.Kind.LENGTH;
  }

  /** Moves what came to what goes out. */
  private void passOn() throws IOException {
    UsageEraser erasing = eraser;
    if (erasing == null) {
      while (!upstream.body().done() && !upstream.input().isEmpty()) {
        response.body(upstream.body(), upstream.input().bytes(), observer);
      }
    } else {
      passOn(erasing);
    }
    upstream.input().release();
  }

  /** The same without the usage that the client hasn't asked for. */
  private void passOn(UsageEraser erasing) throws IOException {
    while (!upstream.body().done() && !upstream.input().isEmpty()) {
      ByteBuffer room = erasing.room();
      int from = room.position();
      upstream.body().decode(upstream.input().bytes(), room);
      if (room.position() > from) {
        observer.passes(room, from, room.position() - from);
      }
      erasing.pass(response::body);
    }
    if (upstream.body().done()) {
      erasing.end(response::body);
    }
  }

  /** Reads what came, if anything. */
  private void read() throws IOException {
    if (upstream.connection().readable() && upstream.input().fill() < 0) {
      upstream.body().endOfInput();
    }
  }

  private void await() throws IOException {
    upstream
        .connection()
        .awaitReadable(exchange.watched(), idleMillis, "more of the answer", this::passOnAtOnce);
    if (mistake != null) {
      throw mistake;
    }
    if (failure != null) {
      throw failure;
    }
    exchange.check();
    read();
  }

  /**
   * On the loop's thread, while the request's own is parked: false when that one is needed, to wait
   * for the client, to end the answer, or to fail.
   */
  private boolean passOnAtOnce() {
    try {
      int left = Connection.READS_AT_ONCE;
      do {
        read();
        passOn();
        if (upstream.body().done() || !response.tryFlush()) {
          return false;
        }
        left--;
      } while (left > 0 && upstream.connection().readable());
      return true;
    } catch (IOException e) {
      failure = e;
    } catch (RuntimeException | Error e) {
      mistake = new IllegalStateException("passing an answer on failed", e);
    }
    return false;
  }
}
