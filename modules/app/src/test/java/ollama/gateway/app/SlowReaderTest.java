package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;

/** A client that takes its time holds no server. */
class SlowReaderTest {

  /** How an answer stands that its client doesn't read. */
  private enum State {
    /** The sockets took all of it. */
    TAKEN,
    /** All of it is at the gateway, which waits for the client alone. */
    WAITS_FOR_CLIENT,
    /** A part of it is still to be fetched from the server. */
    HOLDS_SERVER
  }

  private static final int RECEIVE_BYTES = 4 * 1024;
  private static final int PIECE_BYTES = 4 * 1024;
  private static final int AROUND_BYTES = 64 * 1024;

  private int asked;

  /**
   * How much sockets take, nobody knows: the size of an answer that is just too much is found out.
   */
  @Test
  void theServerIsFreeOnceItsLastByteIsHereThoughTheClientReadsNothing() throws Exception {
    try (FakeUpstream upstream =
            FakeUpstream.start(
                call -> call.respond(200, "x".repeat(Integer.parseInt(call.readBody()))));
        TestGateway gateway =
            TestGateway.before(upstream).set("metrics", "{\"enabled\": true}").start()) {
      State state = State.TAKEN;
      for (int round = 0; round < 20 && state != State.WAITS_FOR_CLIENT; round++) {
        int takenBytes = 0;
        int tooManyBytes = 64 << 20;
        while (tooManyBytes - takenBytes > PIECE_BYTES && state != State.WAITS_FOR_CLIENT) {
          int bytes = takenBytes + (tooManyBytes - takenBytes) / 2;
          state = state(gateway, bytes);
          if (state == State.TAKEN) {
            takenBytes = bytes;
          } else {
            tooManyBytes = bytes;
          }
        }
        // What they take has changed on the way there: it is near.
        int near = Math.max(0, takenBytes - AROUND_BYTES);
        for (int bytes = near;
            bytes < near + 2 * AROUND_BYTES && state != State.WAITS_FOR_CLIENT;
            bytes += PIECE_BYTES) {
          state = state(gateway, bytes);
        }
      }
      assertEquals(State.WAITS_FOR_CLIENT, state);
    }
  }

  private State state(TestGateway gateway, int bytes) throws Exception {
    // The one before has ended.
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (look(gateway) != State.TAKEN) {
      assertTrue(System.nanoTime() - deadline < 0, "a request doesn't end");
    }
    asked++;
    try (Socket client = new Socket()) {
      client.setReceiveBufferSize(RECEIVE_BYTES);
      client.connect(gateway.address());
      String request = TestGateway.postOf("/api/chat", String.format(Locale.ROOT, "%d", bytes));
      client.getOutputStream().write(Bytes.of(request));
      assertEquals('H', client.getInputStream().read());
      return settled(gateway);
    }
  }

  /** What it is for some looks in a row: on its way it passes through the others. */
  private State settled(TestGateway gateway) throws IOException {
    State state = look(gateway);
    for (int same = 0; same < 20; same++) {
      State next = look(gateway);
      if (next != state) {
        same = 0;
        state = next;
      }
    }
    return state;
  }

  private State look(TestGateway gateway) throws IOException {
    Answer page = gateway.get("/metrics");
    if (sum(page, "gateway_requests_total{", "/api/chat") == asked) {
      return State.TAKEN;
    }
    return sum(page, "gateway_upstream_requests_in_flight{", "") == 0
        ? State.WAITS_FOR_CLIENT
        : State.HOLDS_SERVER;
  }

  private static double sum(Answer page, String lineStart, String part) {
    return page.text()
        .lines()
        .filter(line -> line.startsWith(lineStart) && line.contains(part))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
