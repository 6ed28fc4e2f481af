package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ListenerTest {

  private EventLoops loops;
  private EventLoop loop;
  private Listener listener;

  @BeforeEach
  void listen() throws IOException {
    loops = EventLoops.start(1);
    loop = loops.next();
    ServerSocketChannel channel = ServerSocketChannel.open();
    channel.configureBlocking(false);
    channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    listener = new Listener(loop, channel);
  }

  @AfterEach
  void close() {
    listener.close();
    loops.close();
  }

  @Test
  void acceptsOneAfterTheOther() throws Exception {
    for (int i = 0; i < 50; i++) {
      CompletableFuture<SocketChannel> accepting = Tasks.start(loop, this::accept);
      try (Socket client = connect();
          SocketChannel accepted = Tasks.await(accepting)) {
        assertEquals(
            client.getLocalPort(), ((InetSocketAddress) accepted.getRemoteAddress()).getPort());
      }
    }
  }

  @Test
  void aPauseEndsByItself() throws Exception {
    long end = EventLoop.deadlineMillis(20);
    Tasks.run(loop, () -> pause(20));

    assertTrue(EventLoop.nanoTime() >= end);
  }

  @Test
  void aPauseIsEndedByAWakeUpHoweverEarly() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Boolean> pausing =
        Tasks.start(
            loop,
            () -> {
              begun.countDown();
              return pause(3_600_000);
            });
    Tasks.await(begun);
    while (!pausing.isDone()) {
      listener.wake();
      Thread.onSpinWait();
    }

    assertTrue(Tasks.await(pausing));
  }

  @Test
  void aPausedListenerAcceptsNothing() throws Exception {
    Socket client = connect();
    Tasks.run(loop, () -> pause(20));

    try (client;
        SocketChannel accepted = Tasks.run(loop, this::accept)) {
      assertTrue(accepted.isConnected());
    }
  }

  @Test
  void closingEndsAWait() throws Exception {
    CompletableFuture<SocketChannel> accepting = Tasks.start(loop, this::accept);
    listener.close();

    assertThrows(ClosedChannelException.class, () -> Tasks.await(accepting));
    assertFalse(listener.isOpen());
  }

  @Test
  void onceItIsClosedNobodyGetsIn() throws Exception {
    InetSocketAddress address = listener.address();
    CompletableFuture<SocketChannel> accepting = Tasks.start(loop, this::accept);
    assertFalse(listener.awaitClosed(0));
    listener.close();

    assertTrue(listener.awaitClosed(Tasks.SECONDS_MAX * 1000));
    assertThrows(
        ConnectException.class, () -> new Socket(address.getAddress(), address.getPort()).close());
    assertThrows(ClosedChannelException.class, () -> Tasks.await(accepting));
  }

  private SocketChannel accept() throws IOException {
    while (true) {
      Optional<SocketChannel> accepted = listener.accept();
      if (accepted.isPresent()) {
        return accepted.get();
      }
    }
  }

  private boolean pause(long millis) {
    listener.pause(millis);
    return true;
  }

  private Socket connect() throws IOException {
    InetSocketAddress address = listener.address();
    return new Socket(address.getAddress(), address.getPort());
  }
}
