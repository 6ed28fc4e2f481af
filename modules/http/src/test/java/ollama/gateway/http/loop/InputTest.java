package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.LoopbackPair;
import ollama.gateway.http.testing.Tasks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class InputTest {

  private LoopbackPair pair;
  private Input input;

  @BeforeEach
  void open() throws IOException {
    pair = LoopbackPair.open();
    input = new Input(pair.connection());
  }

  @AfterEach
  void close() throws IOException {
    pair.close();
  }

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
