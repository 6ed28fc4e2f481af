package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.ByteBuffer;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.wire.BodyDecoder;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.http.wire.ResponseParser;

/** Reads answers of one connection. */
final class Response {
  private final Connection connection;
  private final Input input;
  private final ResponseParser parser = new ResponseParser();
  private final BodyDecoder body = new BodyDecoder();
  private final ByteBuffer scratch = ByteBuffer.allocate(4096);

  Response(Connection connection, Input input) {
    this.connection = connection;
    this.input = input;
  }

  void readHead() throws IOException {
    parser.reset();
    var head = parser.parse(input.bytes(), HeadLimits.DEFAULT, false);
    while (head.isEmpty()) {
      more();
      head = parser.parse(input.bytes(), HeadLimits.DEFAULT, false);
    }
    ResponseHead found = head.get();
    if (found.status() != 200) {
      throw new IOException("status " + found.status());
    }
    body.reset(found.framing());
  }

  boolean done() {
    return body.done();
  }

  void readWhole() throws IOException {
    readHead();
    while (!body.done()) {
      readSome(scratch.clear());
    }
  }

  /** Waits for payload and decodes what is there. */
  void readSome(ByteBuffer into) throws IOException {
    if (input.isEmpty()) {
      more();
    }
    body.decode(input.bytes(), into);
    input.release();
  }

  private void more() throws IOException {
    input.release();
    connection.awaitReadable(null, EventLoop.deadlineMillis(60_000), "an answer");
    if (input.fill() < 0) {
      throw new IOException("the connection ended");
    }
  }
}
