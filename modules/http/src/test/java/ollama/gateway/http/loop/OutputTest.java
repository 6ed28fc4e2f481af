package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.WatchOn;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class OutputTest {

  /** More than the buffers of a loopback connection take. */
  private static final int TOO_MUCH = 32 * 1024 * 1024;

  @AutoClose private final LoopbackPair pair = LoopbackPair.open();
  private final Output output = new Output(pair.connection());

  @Test
  void partsGoOutInOrderAndTheBufferGoesBack() throws Exception {
    output.room(3).put(Bytes.of("abc"));
    output.room(3).put(Bytes.of("def"));
    assertFalse(output.isEmpty());
    assertEquals(1, taken());

    flush(1_000);
    assertEquals("abcdef", receive(6));
    assertTrue(output.isEmpty());
    assertEquals(0, taken());
  }

  @Test
  void growsBeyondAPooledBufferAndGivesThatBack() throws Exception {
    output.room(3).put(Bytes.of("abc"));
    output.room(100_000).put(Bytes.of("d".repeat(100_000)));
    assertEquals(0, taken());
    output.room(50_000).put(Bytes.of("e".repeat(50_000)));

    flush(1_000);
    assertEquals("abc" + "d".repeat(100_000) + "e".repeat(50_000), receive(150_003));
  }

  /**
   * The JDK copies what isn't direct into memory of its own, as large as all that is to be written,
   * and keeps that for the thread.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  void whatIsLargerThanAPooledBufferIsCopiedPieceByPiece() throws Exception {
    output.room(TOO_MUCH).put(new byte[TOO_MUCH]);
    long before = residentBytes();
    assertFalse(Tasks.run(pair.loop(), output::tryFlush));
    long grown = residentBytes() - before;

    assertTrue(grown < TOO_MUCH / 2, grown + " bytes were taken");
    output.discard();
  }

  @Test
  void anEmptyFlushWritesNothing() throws Exception {
    flush(1_000);
    assertEquals(0, output.room(10).position());
    flush(1_000);

    assertEquals(0, taken());
  }

  @Test
  void discardDropsWhatWaits() throws Exception {
    output.room(3).put(Bytes.of("abc"));
    output.discard();
    output.discard();
    assertTrue(output.isEmpty());
    assertEquals(0, taken());

    output.room(3).put(Bytes.of("def"));
    flush(1_000);
    assertEquals("def", receive(3));
  }

  @Test
  void aFailedTryDropsWhatWaits() throws Exception {
    output.room(3).put(Bytes.of("abc"));
    assertThrows(
        IOException.class,
        () ->
            Tasks.run(
                pair.loop(),
                () -> {
                  pair.connection().close();
                  return output.tryFlush();
                }));

    assertTrue(output.isEmpty());
    assertEquals(0, taken());
  }

  @Test
  void waitsForASlowPeer() throws Exception {
    output.room(TOO_MUCH).put(new byte[TOO_MUCH]);
    CompletableFuture<Boolean> flushed =
        Tasks.start(
            pair.loop(),
            () -> {
              output.flush(10_000);
              return true;
            });

    assertEquals(TOO_MUCH, pair.peer().getInputStream().readNBytes(TOO_MUCH).length);
    assertTrue(Tasks.await(flushed));
  }

  @Test
  void aPeerThatStallsMissesTheDeadline() {
    output.room(TOO_MUCH).put(new byte[TOO_MUCH]);

    assertThrows(DeadlineException.class, () -> flush(50));
    assertTrue(output.isEmpty());
  }

  @Test
  void closingEndsAFlushAndGivesTheBufferBack() throws Exception {
    output.room(BufferPool.READ_BYTES).put(new byte[BufferPool.READ_BYTES]);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Boolean> flushing =
        Tasks.start(
            pair.loop(),
            () -> {
              begun.countDown();
              while (true) {
                output.flush(0);
                output.room(BufferPool.READ_BYTES).put(new byte[BufferPool.READ_BYTES]);
              }
            });
    Tasks.await(begun);
    pair.connection().close();

    assertThrows(IOException.class, () -> Tasks.await(flushing));
    assertEquals(0, taken());
  }

  @Test
  void whoIsWatchedEndsAFlushByLeaving() throws Exception {
    try (LoopbackPair client = LoopbackPair.on(pair.loop())) {
      output.room(TOO_MUCH).put(new byte[TOO_MUCH]);
      CompletableFuture<Boolean> flushing =
          Tasks.start(
              pair.loop(),
              () -> {
                output.flush(0, WatchOn.untilReadable(client.connection(), "the client left"));
                return true;
              });
      client.peer().close();

      IOException why = assertThrows(IOException.class, () -> Tasks.await(flushing));
      assertEquals("the client left", why.getMessage());
    }
  }

  @Test
  void aPeerThatKeepsTalkingDoesntPutOffTheDeadline() throws Exception {
    pair.peer().getOutputStream().write('a');
    output.room(TOO_MUCH).put(new byte[TOO_MUCH]);

    assertThrows(
        DeadlineException.class,
        () ->
            Tasks.run(
                pair.loop(),
                () -> {
                  output.flush(
                      100,
                      new WatchOn(
                          pair::connection,
                          () -> {
                            pair.connection().read(ByteBuffer.allocate(10));
                            pair.peer().getOutputStream().write('a');
                          }));
                  return true;
                }));
  }

  @Test
  void bytesOfThePeerItselfEndAWaitToo() throws Exception {
    output.room(TOO_MUCH).put(new byte[TOO_MUCH]);
    CompletableFuture<Boolean> flushing =
        Tasks.start(
            pair.loop(),
            () -> {
              output.flush(0, WatchOn.untilReadable(pair.connection(), "it answered early"));
              return true;
            });
    pair.peer().getOutputStream().write('a');

    IOException why = assertThrows(IOException.class, () -> Tasks.await(flushing));
    assertEquals("it answered early", why.getMessage());
  }

  private void flush(long stallMillis) throws Exception {
    Tasks.run(
        pair.loop(),
        () -> {
          output.flush(stallMillis);
          return true;
        });
  }

  private String receive(int bytes) throws IOException {
    return Bytes.text(ByteBuffer.wrap(pair.peer().getInputStream().readNBytes(bytes)));
  }

  /** All that this process has in memory. */
  private static long residentBytes() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(l -> l.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
  }

  private int taken() {
    return pair.loop().buffers().taken();
  }
}
