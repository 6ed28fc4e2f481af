package ollama.gateway.http.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Listener;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.wire.BodyDecoder;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.http.wire.PayloadObserver;

/** Handlers that several tests need, and parts of such. */
final class Handlers {

  /** Answers method, path and body as text. */
  static final Handler ECHO =
      exchange -> {
        String body = body(exchange);
        text(
            exchange,
            200,
            exchange.request().method() + " " + exchange.request().target() + " " + body);
      };

  private Handlers() {}

  /** Answers with a text. */
  static void text(Exchange exchange, int status, String text) throws IOException {
    exchange.response().respond(status, Optional.of("text/plain"), Bytes.of(text));
  }

  /** The whole body of the request. */
  static String body(Exchange exchange) throws IOException {
    BodyEncoder encoder = new BodyEncoder();
    encoder.reset(Framing.UNTIL_CLOSE);
    StringBuilder text = new StringBuilder();
    // A connection to nowhere, whose output is a place to decode to.
    try (Connection nowhere = Listener.adopt(exchange.loop(), SocketChannel.open())) {
      Output scratch = new Output(nowhere);
      try {
        while (!exchange.body().done()) {
          if (exchange.body().atHand()) {
            exchange.body().take(encoder, scratch);
            text.append(Bytes.text(scratch.room(0).duplicate().flip()));
            scratch.discard();
          } else {
            exchange.body().await(null);
          }
        }
      } finally {
        scratch.discard();
      }
    }
    return text.toString();
  }

  /** Adds a piece to a body that was started, and sends it. */
  static void piece(Exchange exchange, String text) throws IOException {
    BodyDecoder source = new BodyDecoder();
    source.reset(Framing.ofLength(text.length()));
    ByteBuffer bytes = Bytes.buffer(text);
    while (!source.done()) {
      exchange.response().body(source, bytes, PayloadObserver.NONE);
    }
    exchange.response().flush();
  }

  /** Waits on a virtual thread. */
  static void await(CountDownLatch latch) {
    try {
      Tasks.await(latch);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
