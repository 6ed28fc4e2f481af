package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What a connection tells of its peer while no thread reads from it. */
final class IdleConnectionTest {

  @AutoClose private final LoopbackPair pair = LoopbackPair.open();
  private final Connection connection = pair.connection();
  private final EventLoop loop = pair.loop();

  @Test
  void bytesOfAWatchedConnectionEndAWait() throws Exception {
    try (LoopbackPair client = LoopbackPair.on(loop)) {
      CompletableFuture<Boolean> waiting =
          Tasks.start(
              loop,
              () -> {
                while (!client.connection().readable()) {
                  connection.awaitReadable(client.connection(), Timer.NEVER, "the answer");
                }
                return connection.readable();
              });
      client.peer().getOutputStream().write('a');

      assertFalse(Tasks.await(waiting));
    }
  }

  @Test
  void theEndOfAWatchedConnectionEndsAWait() throws Exception {
    try (LoopbackPair client = LoopbackPair.on(loop)) {
      CompletableFuture<Integer> waiting =
          Tasks.start(
              loop,
              () -> {
                while (!client.connection().readable()) {
                  connection.awaitReadable(client.connection(), Timer.NEVER, "the answer");
                }
                return client.connection().read(ByteBuffer.allocate(10));
              });
      client.peer().close();

      assertEquals(-1, Tasks.await(waiting));
    }
  }

  @Test
  void idleConnectionsTellWhenThePeerSaysSomething() throws Exception {
    CountDownLatch said = new CountDownLatch(1);
    connection.watchIdle(said::countDown);
    send("a");

    Tasks.await(said);
    assertTrue(connection.readable());
  }

  @Test
  void idleConnectionsTellWhenThePeerLeaves() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    connection.watchIdle(left::countDown);
    pair.peer().close();

    Tasks.await(left);
  }

  @Test
  void afterIdlenessTheThreadThatWaitsIsTold() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    connection.watchIdle(told::countDown);
    connection.endIdle();
    CompletableFuture<Boolean> waiting =
        Tasks.start(
            loop,
            () -> {
              while (!connection.readable()) {
                connection.awaitReadable(null, Timer.NEVER, "bytes");
              }
              return true;
            });
    send("a");

    Tasks.await(waiting);
    assertEquals(1, told.getCount());
  }

  @Test
  void bytesThatNobodyWaitsForDontKeepTheLoopBusy() throws Exception {
    send("a");
    CountDownLatch seen = new CountDownLatch(1);
    connection.watchIdle(seen::countDown);
    Tasks.await(seen);
    // A key that stays armed would be reported in each turn, and each time run the action.
    CountDownLatch again = new CountDownLatch(1);
    connection.watchIdle(again::countDown);
    Tasks.await(again);
    int[] count = {0};
    Tasks.run(
        loop,
        () -> {
          connection.watchIdle(() -> count[0]++);
          return true;
        });
    for (int turn = 0; turn < 100; turn++) {
      Tasks.turn(loop);
    }

    assertEquals(1, count[0]);
  }

  private void send(String text) throws IOException {
    OutputStream out = pair.peer().getOutputStream();
    out.write(Bytes.of(text));
  }
}
