package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.Test;

/** Buffers are shared by all connections of a loop: whoever mixes them up is seen here. */
final class ManyClientsTest {

  private static final int CLIENTS = 30;
  private static final int REQUESTS = 20;

  @Test
  void everyoneGetsTheirOwnBodyBack() throws Exception {
    TestServer.Bounds bounds = new TestServer.Bounds().loops(2);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      List<FutureTask<Boolean>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        RawPeer client = server.client();
        Random random = new Random(i);
        FutureTask<Boolean> task = new FutureTask<>(() -> echoes(client, random), true);
        clients.add(task);
        Thread.ofPlatform().start(task);
      }
      for (FutureTask<Boolean> client : clients) {
        Tasks.await(client);
      }

      assertEquals(CLIENTS, server.server().connectionCount());
      server.awaitNoBuffers();
    }
  }

  @Test
  void everyoneGetsTheirOwnStream() throws Exception {
    Handler streaming =
        exchange -> {
          exchange.response().start(200, Framing.CHUNKED);
          exchange.response().endHead();
          String token = exchange.request().path() + " ";
          for (int i = 0; i < 200; i++) {
            Handlers.piece(exchange, token.repeat(i));
            // Others get their turn between two tokens.
            Tasks.passTurn(exchange.loop());
          }
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(streaming)) {
      List<RawPeer> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(server.client().send("GET /%d HTTP/1.1\nHost: a\n\n".formatted(i)));
      }
      for (int i = 0; i < CLIENTS; i++) {
        assertEquals(("/" + i + " ").repeat(199 * 200 / 2), clients.get(i).receive().body());
      }
    }
  }

  private static void echoes(RawPeer client, Random random) {
    try {
      for (int i = 0; i < REQUESTS; i++) {
        String body = Long.toHexString(random.nextLong()).repeat(random.nextInt(1, 4_000));
        client.send("POST / HTTP/1.1\nHost: a\nContent-Length: %d\n\n".formatted(body.length()));
        client.sendRaw(body);
        assertEquals("POST / " + body, client.receive().body());
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
