package ollama.gateway.http.poll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Objects;
import ollama.gateway.http.poll.SendBuffers.SendBuffer;
import org.junit.jupiter.api.Test;

final class SendBuffersTest {

  private final SendBuffers buffers = new SendBuffers();

  @Test
  void whatIsGivenBackIsTakenNext() {
    SendBuffer first = taken();
    first.bytes().put((byte) 1);
    buffers.give(first);

    assertSame(first, buffers.take());
    assertEquals(0, first.bytes().position());
  }

  @Test
  void aLargerOneHoldsTheSameBytesAndTheSmallerOneIsFree() {
    SendBuffer small = taken();
    small.bytes().put(new byte[] {1, 2, 3});

    SendBuffer large = buffers.enlarge(small);

    assertEquals(SendBuffers.LARGE_BYTES, large.bytes().capacity());
    assertEquals(SendBuffers.LARGE_BYTES - 3, large.bytes().remaining());
    assertEquals(3, large.bytes().get(2));
    assertSame(small, buffers.take());
  }

  @Test
  void aLargeOneIsAsLargeAsItGets() {
    SendBuffer large = buffers.enlarge(taken());

    assertSame(large, buffers.enlarge(large));
  }

  @Test
  void whereNoLargeOneIsLeftTheSmallOneStaysWithItsBytes() {
    for (int i = 0; i < SendBuffers.LARGE_MAX; i++) {
      assertEquals(SendBuffers.LARGE_BYTES, buffers.enlarge(taken()).bytes().capacity());
    }
    SendBuffer small = taken();
    small.bytes().put((byte) 7);

    assertSame(small, buffers.enlarge(small));
    assertEquals(1, small.bytes().position());
    assertEquals(7, small.bytes().get(0));
  }

  @Test
  void aLargeOneThatIsGivenBackIsLargeAgain() {
    SendBuffer large = buffers.enlarge(taken());
    buffers.give(large);

    assertEquals(SendBuffers.BUFFER_BYTES, taken().bytes().capacity());
    assertSame(large, buffers.enlarge(taken()));
  }

  @Test
  void thereIsABoundToTheirNumber() {
    for (int i = 0; i < SendBuffers.COUNT_MAX; i++) {
      assertNotNull(buffers.take());
    }

    assertNull(buffers.take());
  }

  private SendBuffer taken() {
    return Objects.requireNonNull(buffers.take());
  }
}
