package ollama.gateway.http.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class BufferPoolTest {

  private final BufferPool pool = new BufferPool();

  @Test
  void aBufferThatWasGivenBackIsTakenAgainAndEmpty() {
    ByteBuffer first = pool.take();
    first.putInt(1).limit(10);
    pool.give(first);

    ByteBuffer second = pool.take();
    assertSame(first, second);
    assertEquals(0, second.position());
    assertEquals(BufferPool.BUFFER_BYTES, second.limit());
  }

  @Test
  void everyBufferHasOneOwner() {
    assertNotSame(pool.take(), pool.take());
  }

  @Test
  void countsWhatIsOut() {
    ByteBuffer first = pool.take();
    ByteBuffer second = pool.take();
    assertEquals(2, pool.taken());

    pool.give(first);
    pool.give(second);
    assertEquals(0, pool.taken());
  }

  @Test
  void keepsNoMoreThanItsBound() {
    Set<ByteBuffer> many = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < 200; i++) {
      many.add(pool.take());
    }
    many.forEach(pool::give);

    Set<ByteBuffer> again = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < 200; i++) {
      again.add(pool.take());
    }
    again.retainAll(many);
    assertTrue(again.size() <= 128, "kept " + again.size());
  }
}
