package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class ConnectionTest {

  @AutoClose private final LoopbackPair pair = LoopbackPair.open();
  private final Connection connection = pair.connection();
  private final EventLoop loop = pair.loop();

  @Test
  void echoesWhateverIsSent() throws Exception {
    byte[] sent = new byte[1_000_000];
    new Random(1).nextBytes(sent);
    CompletableFuture<Integer> echo = Tasks.start(loop, this::echoUntilEnd);
    FutureTask<byte[]> received =
        new FutureTask<>(() -> pair.peer().getInputStream().readNBytes(sent.length));
    Thread.ofPlatform().start(received);
    pair.peer().getOutputStream().write(sent);

    assertArrayEquals(sent, Tasks.await(received));
    pair.peer().shutdownOutput();
    assertEquals(sent.length, Tasks.await(echo));
  }

  @Test
  void echoesByteByByte() throws Exception {
    CompletableFuture<Integer> echo = Tasks.start(loop, this::echoUntilEnd);
    for (int i = 0; i < 1_000; i++) {
      pair.peer().getOutputStream().write(i & 0xff);
      assertEquals(i & 0xff, pair.peer().getInputStream().read());
    }
    pair.peer().shutdownOutput();

    assertEquals(1_000, Tasks.await(echo));
  }

  @Test
  void readsNothingWhenNothingIsThere() throws Exception {
    assertEquals(0, Tasks.run(loop, () -> connection.read(ByteBuffer.allocate(10))));
    assertFalse(connection.readable());
  }

  @Test
  void aReadThatFillsTheBufferMayHaveLeftSomething() throws Exception {
    send("abc");
    Tasks.run(
        loop,
        () -> {
          connection.awaitReadable(null, Timer.NEVER, "bytes");
          assertEquals(2, connection.read(ByteBuffer.allocate(2)));
          assertTrue(connection.readable());
          connection.awaitReadable(null, Timer.NEVER, "bytes");
          assertEquals(1, connection.read(ByteBuffer.allocate(2)));
          return true;
        });
  }

  @Test
  void aDeadlineEndsAWaitAndNotTooEarly() throws Exception {
    long deadline = EventLoop.deadlineMillis(40);
    DeadlineException missed =
        assertThrows(
            DeadlineException.class,
            () -> Tasks.run(loop, () -> awaitReadable(deadline, "the head")));

    assertTrue(EventLoop.nanoTime() >= deadline);
    assertEquals("the head", missed.getMessage());
  }

  @Test
  void aDeadlineThatHasPassedEndsAWaitAtOnce() {
    assertThrows(
        DeadlineException.class,
        () -> Tasks.run(loop, () -> awaitReadable(EventLoop.nanoTime() - 1, "the head")));
  }

  @Test
  void aMissedDeadlineIsNotTheConnectionsEnd() throws Exception {
    assertThrows(
        DeadlineException.class,
        () -> Tasks.run(loop, () -> awaitReadable(EventLoop.deadlineMillis(1), "bytes")));
    send("a");

    Tasks.run(loop, () -> awaitReadable(EventLoop.deadlineMillis(10_000), "bytes"));
    assertEquals(1, Tasks.run(loop, () -> connection.read(ByteBuffer.allocate(10))));
  }

  @Test
  void closingFromAnotherThreadEndsAWaitWheneverItComes() throws Exception {
    for (int i = 0; i < 200; i++) {
      try (LoopbackPair other = LoopbackPair.on(loop)) {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> waiting =
            Tasks.start(
                loop,
                () -> {
                  begun.countDown();
                  while (true) {
                    other.connection().awaitReadable(null, Timer.NEVER, "bytes");
                  }
                });
        Tasks.await(begun);
        other.connection().close();

        assertThrows(ClosedChannelException.class, () -> Tasks.await(waiting));
        assertFalse(other.connection().isOpen());
      }
    }
  }

  @Test
  void bytesThatCameWithTheDeadlineEndTheWaitWithoutOne() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    CompletableFuture<Boolean> waiting =
        Tasks.startAndHoldUp(
            loop, () -> awaitReadable(EventLoop.deadlineMillis(200), "the head"), 400, sent);
    send("a");
    sent.countDown();

    assertTrue(Tasks.await(waiting));
  }

  @Test
  void roomToWriteThatCameWithTheDeadlineEndsTheWaitWithoutOne() throws Exception {
    ByteBuffer much = ByteBuffer.allocate(1 << 20);
    int written = Tasks.run(loop, () -> fillUp(much));
    long deadline = EventLoop.deadlineMillis(200);
    CountDownLatch late = new CountDownLatch(1);
    CountDownLatch taken = new CountDownLatch(1);
    CompletableFuture<Boolean> waiting =
        Tasks.start(
            loop,
            () -> {
              // Behind the wait's begin: there is room before the loop gets to see anything.
              loop.execute(
                  () -> {
                    Tasks.spinUntil(deadline);
                    late.countDown();
                    Tasks.awaitUninterrupted(taken);
                  });
              connection.awaitWritable(false, null, deadline);
              return true;
            });
    Tasks.await(late);
    pair.peer().getInputStream().skipNBytes(written);
    taken.countDown();

    assertTrue(Tasks.await(waiting));
  }

  @Test
  void anInterruptEndsAWaitAndEveryLaterOne() throws Exception {
    CompletableFuture<Thread> self = new CompletableFuture<>();
    CompletableFuture<Boolean> waiting =
        Tasks.start(
            loop,
            () -> {
              self.complete(Thread.currentThread());
              return awaitReadable(Timer.NEVER, "bytes");
            });
    Tasks.await(self).interrupt();

    InterruptedIOException why =
        assertThrows(InterruptedIOException.class, () -> Tasks.await(waiting));
    assertEquals("interrupted while waiting for bytes", why.getMessage());
  }

  @Test
  void closingTwiceIsFineAndWaitingOnAClosedOneIsRefused() {
    connection.close();
    connection.close();

    assertThrows(
        ClosedChannelException.class,
        () -> Tasks.run(loop, () -> awaitReadable(Timer.NEVER, "bytes")));
  }

  @Test
  void thePeerSeesAnEndAfterClose() throws Exception {
    write("abc");
    connection.close();

    assertEquals("abc", Bytes.text(ByteBuffer.wrap(pair.peer().getInputStream().readAllBytes())));
  }

  @Test
  void thePeerSeesAResetAfterAbort() {
    connection.abort();

    assertThrows(SocketException.class, () -> pair.peer().getInputStream().read());
  }

  @Test
  void aPeerThatClosedItsSideReadsAsMinusOneAndCanBeAnswered() throws Exception {
    pair.peer().shutdownOutput();

    assertEquals(
        -1,
        Tasks.run(
            loop,
            () -> {
              connection.awaitReadable(null, Timer.NEVER, "the end");
              return connection.read(ByteBuffer.allocate(10));
            }));
    write("bye");
    assertEquals("bye", receive(3));
  }

  @Test
  void theEndIsSeenAgainByWhoLooksAgain() throws Exception {
    pair.peer().shutdownOutput();
    for (int i = 0; i < 3; i++) {
      Tasks.run(loop, () -> awaitReadable(Timer.NEVER, "the end"));
      assertEquals(-1, Tasks.run(loop, () -> connection.read(ByteBuffer.allocate(10))));
    }
  }

  @Test
  void closingOnlyTheSendingSideStillReceives() throws Exception {
    connection.shutdownOutput();
    assertEquals(-1, pair.peer().getInputStream().read());
    send("late");

    Tasks.run(loop, () -> awaitReadable(Timer.NEVER, "bytes"));
    assertEquals(4, Tasks.run(loop, () -> connection.read(ByteBuffer.allocate(10))));
  }

  @Test
  void aResetByThePeerEndsAWaitAndFailsTheRead() throws Exception {
    CompletableFuture<Integer> read =
        Tasks.start(
            loop,
            () -> {
              connection.awaitReadable(null, Timer.NEVER, "bytes");
              return connection.read(ByteBuffer.allocate(10));
            });
    pair.peer().setSoLinger(true, 0);
    pair.peer().close();

    assertThrows(IOException.class, () -> Tasks.await(read));
  }

  @Test
  void aNudgeFromAnotherThreadEndsAWaitWithNothingToRead() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Boolean> waiting =
        Tasks.start(
            loop,
            () -> {
              begun.countDown();
              connection.awaitReadable(null, Timer.NEVER, "bytes");
              return connection.readable();
            });
    Tasks.await(begun);
    Tasks.turn(loop);
    connection.nudge();

    assertFalse(Tasks.await(waiting));
  }

  /** Writes until the peer, which doesn't read, takes no more; returns how much it took. */
  private int fillUp(ByteBuffer bytes) throws IOException {
    int written = 0;
    while (true) {
      int count = connection.write(bytes.rewind());
      written += count;
      if (count == 0) {
        return written;
      }
    }
  }

  private boolean awaitReadable(long deadlineNanos, String what) throws IOException {
    while (!connection.readable()) {
      connection.awaitReadable(null, deadlineNanos, what);
    }
    return true;
  }

  private int echoUntilEnd() throws IOException {
    Input input = new Input(connection);
    Output output = new Output(connection);
    int echoed = 0;
    while (true) {
      connection.awaitReadable(null, Timer.NEVER, "bytes");
      if (input.fill() < 0) {
        return echoed;
      }
      ByteBuffer bytes = input.bytes();
      echoed += bytes.remaining();
      output.room(bytes.remaining()).put(bytes);
      input.release();
      output.flush(10_000);
    }
  }

  private void write(String text) throws Exception {
    Tasks.run(loop, () -> connection.write(Bytes.buffer(text)));
  }

  private void send(String text) throws IOException {
    OutputStream out = pair.peer().getOutputStream();
    out.write(Bytes.of(text));
  }

  private String receive(int bytes) throws IOException {
    return Bytes.text(ByteBuffer.wrap(pair.peer().getInputStream().readNBytes(bytes)));
  }
}
