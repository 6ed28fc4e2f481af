package ollama.gateway.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.MediaType;

/** One request on its way through a route: what it says, and how it is answered. */
final class Call {

  static final String JSON = "application/json";

  private static final FieldName CACHE_CONTROL = FieldName.of("Cache-Control");
  private static final FieldName CONTENT_TYPE = FieldName.of("Content-Type");
  private static final int BODY_BYTES_MAX = 1024 * 1024;

  /** A longer answer goes out in chunks, as from Go's HTTP server. */
  private static final int LENGTH_TOLD_BYTES_MAX = 2048;

  private final Exchange exchange;
  private final String parameter;
  private final ErrorShape errors;
  private final JsonReader reader;
  private final long startNanos = EventLoop.nanoTime();

  Call(Exchange exchange, String parameter, ErrorShape errors, JsonReader reader) {
    this.exchange = exchange;
    this.parameter = parameter;
    this.errors = errors;
    this.reader = reader;
  }

  /** What stands in the path where its route has a variable. */
  String parameter() {
    return parameter;
  }

  /** When the request began to be handled. */
  long startNanos() {
    return startNanos;
  }

  /** Waits, until the client leaves at most. */
  void waitUntil(long deadlineNanos) throws IOException {
    Pause.until(deadlineNanos, exchange);
  }

  /** The request's body, to be read in pieces. */
  BodyReader body() {
    return new BodyReader(exchange);
  }

  /** The request's body, as JSON. */
  RequestJson json() throws IOException, RefusedException {
    String noBody = errors == ErrorShape.NATIVE ? "missing request body" : "EOF";
    return reader.read(body().readAll(BODY_BYTES_MAX), noBody);
  }

  /** Answers without a body. */
  void respond(int status) throws IOException {
    exchange.response().respond(status, Optional.empty(), new byte[0]);
  }

  /** Answers with JSON, in the way of the API that was asked. */
  void respond(int status, Json body) throws IOException {
    respondJson(status, body.toString());
  }

  private void respondJson(int status, String json) throws IOException {
    if (errors == ErrorShape.NATIVE) {
      respond(status, MediaType.JSON, json);
    } else {
      respond(status, JSON, json + "\n");
    }
  }

  /** Answers with a whole text. */
  void respond(int status, String contentType, String text) throws IOException {
    respond(status, contentType, text, response -> {});
  }

  /** As above, with more fields. */
  void respond(int status, String contentType, String text, ResponseWriter.ExtraFields extra)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    boolean withoutBody = exchange.request().method().equals("HEAD");
    if (bytes.length <= LENGTH_TOLD_BYTES_MAX || withoutBody) {
      exchange.response().respond(status, Optional.of(contentType), bytes, extra);
    } else {
      start(status, contentType);
      extra.addTo(exchange.response());
      exchange.response().endHead();
      exchange.response().body(bytes);
      endStream();
    }
  }

  /** Answers with an error. */
  void refuse(RefusedException refusal) throws IOException {
    String body = errors.json(refusal.status(), refusal.text(), Ids.hex(""));
    if (refusal.early()) {
      respond(refusal.status(), MediaType.JSON, body);
    } else {
      respondJson(refusal.status(), body);
    }
  }

  /** Starts an answer in pieces; nothing goes out yet. */
  void startStream(String contentType, boolean noCache) {
    start(200, contentType);
    if (noCache) {
      exchange.response().field(CACHE_CONTROL, "no-cache");
    }
    exchange.response().endHead();
  }

  /** Sends a piece at once, as a chunk of its own. */
  void sendPiece(String text) throws IOException {
    exchange.response().body(text.getBytes(StandardCharsets.UTF_8));
    exchange.response().flush();
  }

  /** Ends what {@link #startStream} began. */
  void endStream() throws IOException {
    exchange.response().end();
  }

  private void start(int status, String contentType) {
    exchange.response().start(status, Framing.CHUNKED);
    exchange.response().date();
    exchange.response().field(CONTENT_TYPE, contentType);
  }
}
