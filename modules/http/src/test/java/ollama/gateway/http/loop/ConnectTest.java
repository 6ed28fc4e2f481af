package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.FullBacklog;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.WatchOn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ConnectTest {

  private EventLoops loops;
  private EventLoop loop;

  @BeforeEach
  void start() throws IOException {
    loops = EventLoops.start(1);
    loop = loops.next();
  }

  @AfterEach
  void close() {
    loops.close();
  }

  @Test
  void connectsToWhoListens() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Connection connection = connect(address(listening), Timer.NEVER);
        Socket accepted = listening.accept()) {
      Tasks.run(loop, () -> connection.write(Bytes.buffer("a")));

      assertEquals('a', accepted.getInputStream().read());
      assertEquals(listening.getLocalPort(), connection.remote().getPort());
    }
  }

  @Test
  void isRefusedWhereNobodyListens() throws IOException {
    // Bound, so that nobody else comes to listen there meanwhile.
    try (Socket bound = new Socket()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      InetSocketAddress nobody = (InetSocketAddress) bound.getLocalSocketAddress();

      assertThrows(ConnectException.class, () -> connect(nobody, Timer.NEVER));
    }
  }

  @Test
  void givesUpAtTheDeadline() throws Exception {
    try (FullBacklog full = FullBacklog.open()) {
      long deadline = EventLoop.deadlineMillis(50);

      assertThrows(DeadlineException.class, () -> connect(full.address(), deadline));
      assertTrue(EventLoop.nanoTime() >= deadline);
    }
  }

  @Test
  void aConnectionThatWasMadeInTimeIsNotGivenUpBecauseTheLoopWasHeldUp() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (int i = 0; i < 3; i++) {
        long deadline = EventLoop.deadlineMillis(50);
        CompletableFuture<Connection> connecting =
            Tasks.start(
                loop,
                () -> {
                  // Behind the connect, before the loop gets to see that it ended.
                  loop.execute(() -> Tasks.spinUntil(deadline + 50_000_000));
                  return Connector.connect(loop, address(listening), deadline, Watch.NONE);
                });
        try (Connection connection = Tasks.await(connecting);
            Socket accepted = listening.accept()) {
          assertTrue(accepted.isConnected() && connection.isOpen());
        }
      }
    }
  }

  @Test
  void givesUpWhenTheWatchedOneLeaves() throws Exception {
    try (FullBacklog full = FullBacklog.open();
        LoopbackPair client = LoopbackPair.on(loop)) {
      CountDownLatch begun = new CountDownLatch(1);
      CompletableFuture<Connection> connecting =
          Tasks.start(
              loop,
              () -> {
                begun.countDown();
                return Connector.connect(
                    loop,
                    full.address(),
                    Timer.NEVER,
                    WatchOn.untilReadable(client.connection(), "the client left"));
              });
      Tasks.await(begun);
      client.peer().close();

      IOException why = assertThrows(IOException.class, () -> Tasks.await(connecting));
      assertEquals("the client left", why.getMessage());
    }
  }

  @Test
  void aClientThatCantBeReadFromDoesntKeepItBusy() throws Exception {
    try (FullBacklog full = FullBacklog.open();
        LoopbackPair client = LoopbackPair.on(loop)) {
      client.peer().getOutputStream().write('a');
      int[] waits = {0};

      assertThrows(
          DeadlineException.class,
          () ->
              Tasks.run(
                  loop,
                  () ->
                      Connector.connect(
                          loop,
                          full.address(),
                          EventLoop.deadlineMillis(100),
                          new WatchOn(
                              () -> waits[0] == 0 ? client.connection() : null,
                              () -> waits[0]++))));
      assertTrue(waits[0] < 10, "woken " + waits[0] + " times");
    }
  }

  private Connection connect(InetSocketAddress address, long deadlineNanos) throws Exception {
    return Tasks.run(loop, () -> Connector.connect(loop, address, deadlineNanos, Watch.NONE));
  }

  private static InetSocketAddress address(ServerSocket listening) {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }
}
