package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class InputTest {

  @AutoClose private final LoopbackPair pair = LoopbackPair.open();
  private final Input input = new Input(pair.connection());

  @Test
  void holdsNoBufferWhileThereIsNothing() throws Exception {
    assertEquals(0, Tasks.run(pair.loop(), input::fill));

    assertTrue(input.isEmpty());
    assertFalse(input.bytes().hasRemaining());
    assertEquals(0, taken());
  }

  @Test
  void holdsOneBufferUntilItsBytesAreUsed() throws Exception {
    fill("abcdef");
    assertEquals(1, taken());

    input.bytes().get();
    input.release();
    assertEquals("bcdef", Bytes.text(input.bytes()));
    assertEquals(1, taken());

    input.bytes().position(input.bytes().limit());
    input.release();
    assertTrue(input.isEmpty());
    assertEquals(0, taken());
  }

  @Test
  void readsBehindWhatIsThere() throws Exception {
    fill("abc");
    input.bytes().get();
    fill("def");

    assertEquals("bcdef", Bytes.text(input.bytes()));
    input.discard();
    assertEquals(0, taken());
  }

  @Test
  void readsAheadWithinABound() throws Exception {
    fill("a".repeat(BufferPool.READ_BYTES));
    assertTrue(input.isFull());
    assertEquals(0, Tasks.run(pair.loop(), input::fill));
    assertEquals(BufferPool.READ_BYTES, input.bytes().remaining());

    input.bytes().get();
    assertFalse(input.isFull());
    input.discard();
  }

  @Test
  void whatDoesntFitIsKeptBehindWithinABudget() throws Exception {
    int block = ReadAhead.BLOCK_BYTES;
    MemoryBudget budget = new MemoryBudget(4L * block);
    Input deep = new Input(pair.connection(), budget);
    int most = 5 * block;
    byte[] sent = new byte[most + 100];
    new Random(1).nextBytes(sent);
    pair.peer().getOutputStream().write(sent);
    Tasks.run(
        pair.loop(),
        () -> {
          while (deep.hasRoom(most)) {
            pair.connection().awaitReadable(null, Timer.NEVER, "bytes");
            assertTrue(deep.fillUpTo(most) > 0);
          }
          return true;
        });
    assertEquals(most, deep.unread());
    assertEquals(4L * block, budget.takenBytes());
    assertEquals(0, Tasks.run(pair.loop(), () -> deep.fillUpTo(most)));
    assertTrue(pair.connection().readable());
    assertEquals(most, deep.views().stream().mapToInt(ByteBuffer::remaining).sum());

    ByteArrayOutputStream used = new ByteArrayOutputStream();
    while (used.size() < sent.length) {
      used.write(deep.bytes().get());
      deep.release();
      if (used.size() % 1000 == 0 && deep.unread() + used.size() < sent.length) {
        Tasks.run(pair.loop(), () -> deep.fillUpTo(most));
      }
    }
    assertArrayEquals(sent, used.toByteArray());
    assertTrue(deep.isEmpty());
    assertEquals(0, budget.takenBytes());
    assertEquals(0, taken());
  }

  /** Who is told that there is room waits for bytes that it then can't take, and never parks. */
  @Test
  void thereIsNoRoomBehindWhatWasReadAheadWhereTheMemoryIsUsedUp() throws Exception {
    int most = 5 * ReadAhead.BLOCK_BYTES;
    Input deep = new Input(pair.connection(), new MemoryBudget(ReadAhead.BLOCK_BYTES));
    pair.peer().getOutputStream().write(new byte[BufferPool.READ_BYTES + 200]);
    Tasks.run(
        pair.loop(),
        () -> {
          while (deep.unread() < BufferPool.READ_BYTES + 100) {
            pair.connection().awaitReadable(null, Timer.NEVER, "bytes");
            int _ = deep.fillUpTo(BufferPool.READ_BYTES + 100);
          }
          return true;
        });
    deep.bytes().position(deep.bytes().limit() - 10);

    assertFalse(deep.isFull());
    assertFalse(deep.hasRoom(most));
    assertEquals(0, Tasks.run(pair.loop(), () -> deep.fillUpTo(most)));
    deep.discard();
  }

  /** If each had a part of the memory, none could come to its end. */
  @Test
  void whoBeginsToReadAheadHasTheMemoryForAllOfIt() throws Exception {
    int block = ReadAhead.BLOCK_BYTES;
    int most = 5 * block;
    MemoryBudget budget = new MemoryBudget(4L * block);
    Input first = new Input(pair.connection(), budget);
    try (LoopbackPair other = LoopbackPair.on(pair.loop())) {
      Input second = new Input(other.connection(), budget);
      for (LoopbackPair each : List.of(pair, other)) {
        each.peer().getOutputStream().write(new byte[most]);
      }
      fill(pair, first, 2 * block, most);
      fill(other, second, block, most);
      assertFalse(second.hasRoom(most));
      assertEquals(0, Tasks.run(pair.loop(), () -> second.fillUpTo(most)));
      fill(pair, first, most, most);

      first.discard();
      assertTrue(second.hasRoom(most));
      fill(other, second, most, most);
      second.discard();
    }
    assertEquals(0, budget.takenBytes());
  }

  private static void fill(LoopbackPair pair, Input input, int unread, int most) throws Exception {
    Tasks.run(
        pair.loop(),
        () -> {
          while (input.unread() < unread) {
            pair.connection().awaitReadable(null, Timer.NEVER, "bytes");
            assertTrue(input.fillUpTo(most) > 0);
          }
          return true;
        });
  }

  @Test
  void noMoreIsKeptThanWasAskedFor() throws Exception {
    MemoryBudget budget = new MemoryBudget(1 << 20);
    Input deep = new Input(pair.connection(), budget);
    pair.peer().getOutputStream().write(new byte[100_000]);
    Tasks.run(
        pair.loop(),
        () -> {
          while (deep.hasRoom(50_000)) {
            pair.connection().awaitReadable(null, Timer.NEVER, "bytes");
            assertTrue(deep.fillUpTo(50_000) > 0);
          }
          return true;
        });
    assertEquals(50_000, deep.unread());

    deep.discard();
    assertTrue(deep.isEmpty());
    assertEquals(0, budget.takenBytes());
    assertEquals(0, taken());
  }

  @Test
  void anEndBehindWhatWasReadAheadIsSeenAndTakesNothing() throws Exception {
    MemoryBudget budget = new MemoryBudget(1 << 20);
    Input deep = new Input(pair.connection(), budget);
    int sent = 2 * ReadAhead.BLOCK_BYTES;
    pair.peer().getOutputStream().write(new byte[sent]);
    pair.peer().shutdownOutput();
    int last =
        Tasks.run(
            pair.loop(),
            () -> {
              int count = 0;
              while (count >= 0) {
                pair.connection().awaitReadable(null, Timer.NEVER, "the end");
                count = deep.fillUpTo(4 * sent);
              }
              return count;
            });

    assertEquals(-1, last);
    assertEquals(sent, deep.unread());
    assertEquals(4L * sent - BufferPool.READ_BYTES, budget.takenBytes());
    deep.discard();
    assertEquals(0, budget.takenBytes());
  }

  @Test
  void anEndGivesTheBufferBack() throws Exception {
    pair.peer().shutdownOutput();
    int count =
        Tasks.run(
            pair.loop(),
            () -> {
              pair.connection().awaitReadable(null, Timer.NEVER, "the end");
              return input.fill();
            });

    assertEquals(-1, count);
    assertEquals(0, taken());
  }

  @Test
  void anEndBehindUnreadBytesKeepsThem() throws Exception {
    fill("abc");
    pair.peer().shutdownOutput();
    int count =
        Tasks.run(
            pair.loop(),
            () -> {
              pair.connection().awaitReadable(null, Timer.NEVER, "the end");
              return input.fill();
            });

    assertEquals(-1, count);
    assertEquals("abc", Bytes.text(input.bytes()));
    input.discard();
  }

  @Test
  void aFailedReadGivesTheBufferBack() {
    assertThrows(
        IOException.class,
        () ->
            Tasks.run(
                pair.loop(),
                () -> {
                  pair.connection().close();
                  return input.fill();
                }));
    assertEquals(0, taken());
  }

  private void fill(String text) throws Exception {
    int before = input.bytes().remaining();
    pair.peer().getOutputStream().write(Bytes.of(text));
    Tasks.run(
        pair.loop(),
        () -> {
          while (input.bytes().remaining() < before + text.length()) {
            pair.connection().awaitReadable(null, Timer.NEVER, "bytes");
            assertTrue(input.fill() >= 0);
          }
          return true;
        });
  }

  private int taken() {
    return pair.loop().buffers().taken();
  }
}
