package ollama.gateway.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.BodyEncoder;

/** Takes a request's body out of its framing, in pieces of at most 16 KiB. */
final class BodyReader {

  private final RequestBody body;
  private final Output pieces;
  private final BodyEncoder plain = new BodyEncoder();

  /** A reader of the request at hand; to be made before anything else reads from the client. */
  BodyReader(Exchange exchange) {
    Connection client = exchange.watched();
    if (client == null) {
      throw new IllegalStateException("the client was read ahead before its body");
    }
    body = exchange.body();
    pieces = new Output(client);
    plain.reset(Framing.UNTIL_CLOSE);
  }

  /**
   * The whole body.
   *
   * @throws IOException when the client left, broke the framing or sends more than {@code maxBytes}
   */
  byte[] readAll(int maxBytes) throws IOException {
    body.limit(maxBytes);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    forEach(
        piece -> {
          byte[] bytes = new byte[piece.remaining()];
          piece.get(bytes);
          whole.writeBytes(bytes);
        });
    return whole.toByteArray();
  }

  /**
   * Hands over each piece; it is gone when {@code use} returns.
   *
   * @throws IOException when the client left or broke the framing
   */
  void forEach(Consumer<ByteBuffer> use) throws IOException {
    while (!body.done()) {
      if (!body.atHand()) {
        body.await(null);
      }
      try {
        body.take(plain, pieces);
        use.accept(pieces.room(0).flip());
      } finally {
        pieces.discard();
      }
      if (!body.done()) {
        // A client as fast as we are would keep the loop for itself.
        Pause.yieldLoop();
      }
    }
  }
}
