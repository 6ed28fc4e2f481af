package ollama.gateway.http.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
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
  void soManyAreDirectAndStayTheRestIsTheHeaps() {
    int many = BufferPool.DIRECT_MAX + 10;
    Set<ByteBuffer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int round = 0; round < 3; round++) {
      List<ByteBuffer> out = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        out.add(pool.take());
      }
      assertEquals(BufferPool.DIRECT_MAX, out.stream().filter(ByteBuffer::isDirect).count());
      assertTrue(out.stream().allMatch(b -> b.capacity() == BufferPool.BUFFER_BYTES));
      out.stream().filter(ByteBuffer::isDirect).forEach(seen::add);
      out.forEach(pool::give);
    }
    assertEquals(BufferPool.DIRECT_MAX, seen.size());
    assertEquals(0, pool.taken());
  }
}
