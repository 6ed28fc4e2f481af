package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.Spoken;
import ollama.gateway.ollama.StreamShape;
import org.jspecify.annotations.Nullable;

/**
 * Signs of life for a client that waits for the first token of a stream: in the line, for a load,
 * for a prompt to be read. The first one begins the answer, with the status 200, so that from then
 * on what goes wrong is told as an error of the stream. For the request's own thread.
 */
final class Heartbeat {

  /** Of a client that waits without. */
  static final Heartbeat NONE = new Heartbeat();

  private static final FieldName CONTENT_TYPE = FieldName.of("Content-Type");

  private final @Nullable Call call;
  private final @Nullable Recorder recorder;
  private final StreamShape shape;
  private final String model;
  private final long periodNanos;
  private long nextNanos = Timer.NEVER;
  private boolean begun;

  /** Of the error that the stream ended with; 0 for none. */
  private int failed;

  private Heartbeat() {
    call = null;
    recorder = null;
    shape = StreamShape.EVENTS;
    model = "";
    periodNanos = 0;
  }

  private Heartbeat(
      Call call, Recorder recorder, StreamShape shape, String model, long periodNanos) {
    this.call = call;
    this.recorder = recorder;
    this.shape = shape;
    this.model = model;
    this.periodNanos = periodNanos;
    nextNanos = EventLoop.nanoTime() + periodNanos;
  }

  /** That of a request, from now on: none unless it is switched on and the answer is a stream. */
  static Heartbeat of(Call call, ModelRequest request, Recorder recorder) {
    int seconds = call.settings().config().heartbeat().afterSeconds();
    boolean isAsked = request.isStreamed() && request.state() != ModelRequest.State.BROKEN;
    if (seconds == 0 || !isAsked) {
      return NONE;
    }
    Optional<StreamShape> shape = StreamShape.of(call.route());
    return shape.isEmpty()
        ? NONE
        : new Heartbeat(
            call,
            recorder,
            shape.get(),
            request.names().model(),
            TimeUnit.SECONDS.toNanos(seconds));
  }

  /** When the next one is due; {@link Timer#NEVER} for none. */
  long nextNanos() {
    return nextNanos;
  }

  /** Whether the client gets any, should it have to wait. */
  boolean isOn() {
    return call != null;
  }

  /** Whether the client has got one, and with it the answer's head. */
  boolean hasBegun() {
    return begun;
  }

  /**
   * The status that the request is counted and told with: that of an error in the stream, though
   * the stream had begun with another one.
   *
   * @param sent that of the answer's head
   */
  int status(int sent) {
    return failed == 0 ? sent : failed;
  }

  /**
   * Sends one if it is due.
   *
   * @throws PeerLeftException when the client left
   */
  void beat() throws PeerLeftException {
    if (call == null || recorder == null || EventLoop.nanoTime() - nextNanos < 0) {
      return;
    }
    nextNanos = EventLoop.nanoTime() + periodNanos;
    // Who still sends doesn't wait for an answer.
    if (call.exchange().body().done()) {
      begin(call);
      call.exchange().response().body(shape.signOfLife(model));
      call.exchange().response().flush();
      recorder.heartbeat();
    }
  }

  private void begin(Call waiting) {
    if (!begun) {
      begun = true;
      ResponseWriter response = waiting.exchange().response();
      response.start(200, Framing.CHUNKED);
      response.date();
      response.field(CONTENT_TYPE, shape.contentType());
      // Which model will answer isn't known.
      RelayedHead.ownFields(waiting, response);
      response.endHead();
    }
  }

  /**
   * Puts an error into a stream that was begun so, as the last of it.
   *
   * @param status that the answer would have had
   */
  void fail(Call waiting, int status, String message) {
    failed = status;
    String json = waiting.route().errors().json(status, message, waiting.idText());
    waiting.exchange().response().body(shape.error(json));
  }

  /**
   * The same for an error of a server, in its words as far as these fit.
   *
   * @param body of its answer
   */
  void fail(Call waiting, int status, byte[] body) {
    failed = status;
    String json = new String(body, StandardCharsets.UTF_8).strip();
    Spoken spoken = Spoken.of(body);
    boolean fits = spoken.isObject() && json.indexOf('\n') < 0 && json.indexOf('\r') < 0;
    if (fits && (waiting.route().errors() != ErrorShape.NATIVE || spoken.error().isPresent())) {
      waiting.exchange().response().body(shape.error(json));
    } else {
      fail(waiting, status, "The Ollama server answered with the status " + status);
    }
  }
}
