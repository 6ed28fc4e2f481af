package ollama.gateway.http.poll;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every poller promises; each kind has a subclass. The test's thread is the loop. */
@Timeout(60)
abstract class PollerTest extends PollerScene {

  @Test
  void whoIsArmedIsToldOfBytesAndReadsThem() throws Exception {
    Pair pair = new Pair();
    assertTrue(pair.port.arm(Registration.READ));
    assertFalse(pair.port.arm(Registration.READ));
    poller.look();
    assertEquals(0, pair.times);
    pair.send("hello");
    turnUntil(() -> pair.told == Registration.READ);
    assertEquals("hello", pair.read(100));
    assertEquals("", pair.read(100));
  }

  @Test
  void whatIsLeftIsToldOfAgainAsLongAsItIsArmed() throws Exception {
    Pair pair = new Pair();
    pair.port.arm(Registration.READ);
    pair.send("hello");
    turnUntil(() -> pair.times >= 1);
    assertEquals("he", pair.read(2));
    int before = pair.times;
    turnUntil(() -> pair.times >= before + 2);
    pair.port.disarm(Registration.READ);
    poller.look();
    int disarmed = pair.times;
    poller.look();
    poller.look();
    assertEquals(disarmed, pair.times);
    pair.port.arm(Registration.READ);
    turnUntil(() -> pair.times > disarmed);
    assertEquals("llo", pair.read(100));
  }

  @Test
  void theEndOfTheStreamIsToldOfAndReadBehindTheBytes() throws Exception {
    Pair pair = new Pair();
    pair.port.arm(Registration.READ);
    pair.send("bye");
    pair.peer.shutdownOutput();
    turnUntil(() -> pair.told != 0);
    StringBuilder all = new StringBuilder();
    while (!all.toString().endsWith("end")) {
      poller.await(100);
      all.append(pair.read(2));
    }
    assertEquals("byeend", all.toString());
    assertEquals("end", pair.read(2));
  }

  @Test
  void aResetIsToldOfAndThrownByTheRead() throws Exception {
    Pair pair = new Pair();
    pair.port.arm(Registration.READ);
    poller.look();
    pair.peer.setOption(StandardSocketOptions.SO_LINGER, 0);
    pair.peer.close();
    turnUntil(() -> pair.told != 0);
    IOException e = assertThrows(IOException.class, () -> pair.read(10));
    assertTrue(String.valueOf(e.getMessage()).contains("reset"), e.toString());
  }

  @Test
  void whatIsWrittenComesInOrderWhateverBecomesOfTheCallersBuffer() throws Exception {
    Pair pair = new Pair();
    byte[] all = new byte[3_000_000];
    new Random(1).nextBytes(all);
    CompletableFuture<byte[]> received =
        CompletableFuture.supplyAsync(() -> readFully(pair.peer, all.length));
    ByteBuffer piece = ByteBuffer.allocateDirect(10_000);
    int at = 0;
    while (at < all.length) {
      piece.clear().limit(Math.min(1 + at % 9_973, all.length - at));
      piece.put(all, at, piece.limit()).flip();
      at += piece.remaining();
      while (piece.hasRemaining()) {
        if (pair.port.write(piece) == 0) {
          pair.told = 0;
          pair.port.arm(Registration.WRITE);
          turnUntil(() -> (pair.told & Registration.WRITE) != 0);
          pair.port.disarm(Registration.WRITE);
        }
      }
      // Another's from now on.
      piece.clear();
      for (int i = 0; i < piece.capacity(); i += 7) {
        piece.put(i, (byte) 0x55);
      }
      if (at % 3 == 0) {
        poller.look();
      }
    }
    turnUntil(received::isDone);
    assertArrayEquals(all, received.join());
  }

  private static byte[] readFully(SocketChannel from, int bytes) {
    ByteBuffer into = ByteBuffer.allocate(bytes);
    try {
      while (into.hasRemaining() && from.read(into) >= 0) {
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return into.array();
  }

  @Test
  void aPeerThatTakesNothingFillsWhatThereIsRoomFor() throws Exception {
    Pair pair = new Pair();
    pair.port.arm(Registration.WRITE);
    ByteBuffer much = pair.fill();
    assertTrue(much.position() > 0 && much.hasRemaining());
    pair.port.disarm(Registration.WRITE);
    pair.told = 0;
    pair.port.arm(Registration.WRITE);
    poller.look();
    assertEquals(0, pair.told & Registration.WRITE);
    CompletableFuture<byte[]> received =
        CompletableFuture.supplyAsync(() -> readFully(pair.peer, much.position()));
    turnUntil(() -> (pair.told & Registration.WRITE) != 0);
    turnUntil(received::isDone);
  }

  /** Nobody is armed: the rest has to find its way without being asked for. */
  @Test
  void whatFindsNoRoomComesInOrderOnceThereIsSome() throws Exception {
    Pair pair = new Pair();
    pair.channel.setOption(StandardSocketOptions.SO_SNDBUF, 20_000);
    byte[] all = new byte[20_000_000];
    new Random(3).nextBytes(all);
    ByteBuffer from = ByteBuffer.wrap(all);
    for (int idle = 0; idle < 20; ) {
      idle = pair.port.write(from) == 0 ? idle + 1 : 0;
      poller.look();
    }
    assertTrue(from.hasRemaining(), "there was room for all of it");
    byte[] written = Arrays.copyOf(all, from.position());
    CompletableFuture<byte[]> received =
        CompletableFuture.supplyAsync(() -> readFully(pair.peer, written.length));
    turnUntil(received::isDone);
    assertArrayEquals(written, received.join());
    assertTrue(pair.port.write(from) > 0);
  }

  @Test
  void whoIsArmedForRoomIsToldThoughNothingElseHappens() throws Exception {
    Pair pair = new Pair();
    poller.look();
    long begin = System.nanoTime();
    pair.port.write(bytes("first"));
    pair.port.arm(Registration.WRITE);
    while (pair.told == 0) {
      poller.await(MAX.toMillis());
    }
    assertTrue(System.nanoTime() - begin < MAX.toNanos(), "the time only ended the wait");
    assertEquals(5, pair.port.write(bytes("again")));
  }

  @Test
  void whoTakesNothingDoesNotKeepTheLoopBusy() throws Exception {
    Pair pair = new Pair();
    ByteBuffer _ = pair.fill();
    long begin = System.nanoTime();
    poller.await(100);
    assertTrue(System.nanoTime() - begin >= 100_000_000);
  }

  @Test
  void theOutputEndsBehindWhatWasWritten() throws Exception {
    Pair pair = new Pair();
    pair.port.write(bytes("last"));
    pair.port.shutdownOutput();
    assertEquals("last|end", receivedMeanwhile(pair));
    // The other direction goes on.
    pair.port.arm(Registration.READ);
    pair.send("more");
    turnUntil(() -> (pair.told & Registration.READ) != 0);
    assertEquals("more", pair.read(10));
  }

  @Test
  void whatWasWrittenBeforeItWasClosedStillComes() throws Exception {
    Pair pair = new Pair();
    pair.port.arm(Registration.READ);
    poller.look();
    pair.port.write(bytes("last"));
    pair.port.close();
    assertFalse(pair.port.isOpen());
    assertThrows(ClosedChannelException.class, () -> pair.port.write(bytes("x")));
    assertThrows(ClosedChannelException.class, () -> pair.read(1));
    assertThrows(ClosedChannelException.class, () -> pair.port.arm(Registration.READ));
    assertEquals("last|end", receivedMeanwhile(pair));
    assertEquals(0, pair.times);
  }

  /** Who closes where nothing more is to be read must be able to rely on that. */
  @Test
  void whoReadsHearsOfBytesThatCameSinceTheLastTurn() throws Exception {
    Pair pair = new Pair();
    pair.port.arm(Registration.READ);
    poller.look();
    pair.send("late");
    StringBuilder text = new StringBuilder();
    long deadline = System.nanoTime() + MAX.toNanos();
    while (text.length() < 4) {
      assertTrue(System.nanoTime() - deadline < 0, "nothing was read");
      text.append(pair.read(10));
    }
    assertEquals("late", text.toString());
    pair.send("r");
    turnUntil(() -> (pair.told & Registration.READ) != 0);
    assertEquals("r", pair.read(10));
  }

  @Test
  void bytesThatComeAfterItWasClosedDoNotTurnItsEndIntoAReset() throws Exception {
    Pair pair = new Pair();
    pair.port.arm(Registration.READ);
    poller.look();
    pair.port.disarm(Registration.READ);
    poller.look();
    poller.look();
    pair.port.write(bytes("last"));
    pair.port.close();
    pair.send("late");
    assertEquals("last|end", receivedMeanwhile(pair));
  }

  @Test
  void aResetLosesWhatThePeerHasNotTaken() throws Exception {
    Pair pair = new Pair();
    ByteBuffer _ = pair.fill();
    pair.port.reset();
    CompletableFuture<Boolean> reset =
        CompletableFuture.supplyAsync(
            () -> {
              ByteBuffer into = ByteBuffer.allocate(1_000_000);
              try {
                while (pair.peer.read(into.clear()) >= 0) {
                  Thread.onSpinWait();
                }
                return false;
              } catch (IOException e) {
                return true;
              }
            });
    turnUntil(reset::isDone);
    assertTrue(reset.join());
  }

  @Test
  void aDescriptorThatComesBackAtOnceIsNotTakenForTheOldOne() throws Exception {
    for (int i = 0; i < 300; i++) {
      Pair old = new Pair();
      old.port.arm(Registration.READ);
      poller.look();
      old.send("old");
      old.port.close();
      Pair next = new Pair();
      next.port.arm(Registration.READ);
      next.send("new");
      turnUntil(() -> next.told != 0);
      assertEquals("new", next.read(100));
      assertEquals(0, old.times);
      next.port.close();
      next.peer.close();
      old.peer.close();
    }
    poller.look();
  }

  @Test
  void oneThatReadsNothingDoesNotKeepOthersFromReading() throws Exception {
    Pair greedy = new Pair();
    greedy.port.arm(Registration.READ);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      byte[] all = new byte[20_000_000];
      new Random(2).nextBytes(all);
      var sending =
          threads.submit(
              () -> {
                ByteBuffer from = ByteBuffer.wrap(all);
                while (from.hasRemaining()) {
                  greedy.peer.write(from);
                }
                return true;
              });
      turnUntil(() -> greedy.told != 0);
      greedy.port.disarm(Registration.READ);
      List<Pair> others = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Pair other = new Pair();
        other.port.arm(Registration.READ);
        others.add(other);
        poller.look();
      }
      for (int round = 0; round < 20; round++) {
        for (Pair other : others) {
          other.told = 0;
          other.send("ping");
        }
        for (Pair other : others) {
          turnUntil(() -> other.told != 0);
          assertEquals("ping", other.read(100));
        }
      }
      greedy.port.arm(Registration.READ);
      ByteArrayOutputStream got = new ByteArrayOutputStream();
      ByteBuffer into = ByteBuffer.allocate(16 * 1024);
      while (got.size() < all.length) {
        greedy.told = 0;
        turnUntil(() -> greedy.told != 0);
        while (greedy.port.read(into.clear()) > 0) {
          got.write(into.array(), 0, into.position());
        }
      }
      assertTrue(sending.get());
      assertArrayEquals(all, got.toByteArray());
    }
  }

  @Test
  void aConnectThatEndsIsToldOf() throws Exception {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    boolean connected = channel.connect(server.getLocalAddress());
    int[] told = new int[1];
    Port port = poller.port(channel, ops -> told[0] |= ops);
    opened.add(port::close);
    if (!connected) {
      port.arm(Registration.CONNECT);
      turnUntil(() -> told[0] == Registration.CONNECT);
      assertTrue(channel.finishConnect());
      port.disarm(Registration.CONNECT);
    }
    try (SocketChannel accepted = server.accept()) {
      accepted.write(bytes("hi"));
      told[0] = 0;
      port.arm(Registration.READ);
      turnUntil(() -> told[0] == Registration.READ);
    }
  }

  @Test
  void aWaitingConnectionIsToldOfEachTimeItIsArmed() throws Exception {
    server.configureBlocking(false);
    int[] times = new int[1];
    Registration[] it = new Registration[1];
    it[0] =
        poller.registration(
            server,
            ops -> {
              assertEquals(Registration.ACCEPT, ops);
              times[0]++;
              try {
                it[0].disarm(ops);
              } catch (ClosedChannelException e) {
                throw new AssertionError(e);
              }
            });
    for (int i = 1; i <= 3; i++) {
      it[0].arm(Registration.ACCEPT);
      poller.look();
      assertEquals(i - 1, times[0]);
      try (SocketChannel peer = SocketChannel.open(server.getLocalAddress())) {
        int now = i;
        turnUntil(() -> times[0] == now);
        server.accept().close();
        assertTrue(peer.isOpen());
      }
    }
    it[0].close();
    poller.look();
    poller.look();
    assertFalse(server.isOpen());
  }

  @Test
  void anotherThreadEndsTheWait() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        var woken =
            threads.submit(
                () -> {
                  poller.wakeUp();
                  return true;
                });
        // Without bound: a wake-up that is lost hangs here.
        poller.await(0);
        assertTrue(woken.get());
      }
    }
  }

  @Test
  void aWaitEndsAfterItsTime() throws Exception {
    long begin = System.nanoTime();
    for (int i = 0; i < 3; i++) {
      poller.await(20);
    }
    assertTrue(System.nanoTime() - begin >= 20_000_000);
  }
}
