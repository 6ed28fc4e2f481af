package ollama.gateway.http.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.memory.MemoryBudget;

/**
 * Bytes that were read before anybody wants them: blocks of the heap, within a budget.
 *
 * <p>All that there may be is taken from the budget at once, and given back when nothing is left:
 * if many took a part each, none would have enough to see its connection's end, for good.
 */
final class ReadAhead {

  static final int BLOCK_BYTES = BufferPool.READ_BYTES;

  private final Connection connection;
  private final MemoryBudget budget;
  private final ArrayDeque<byte[]> blocks = new ArrayDeque<>();
  // Of the first and of the last block: where the unread bytes begin, and where they end.
  private int begin;
  private int end = BLOCK_BYTES;
  private int size;
  private long reserved;

  ReadAhead(Connection connection, MemoryBudget budget) {
    this.connection = connection;
    this.budget = budget;
  }

  int size() {
    return size;
  }

  /** Whether there is memory now for so many bytes in all. */
  boolean hasRoom(long bytes) {
    return bytes <= reserved || budget.has(bytes - reserved);
  }

  /** Makes sure of memory for so many bytes in all; false when there isn't as much. */
  boolean reserve(long bytes) {
    if (bytes > reserved) {
      if (!budget.take(bytes - reserved)) {
        return false;
      }
      reserved = bytes;
    }
    return true;
  }

  /**
   * Reads what is there, at most so many bytes, behind the others; as {@link Connection#read}. What
   * comes is taken through a buffer of the pool, which the system can write to as it is.
   */
  int read(int maxBytes) throws IOException {
    if (end == BLOCK_BYTES) {
      blocks.addLast(new byte[BLOCK_BYTES]);
      end = 0;
    }
    ByteBuffer taken = connection.loop().buffers().take();
    try {
      int count = connection.read(taken.limit(Math.min(maxBytes, BLOCK_BYTES - end)));
      taken.flip().get(blocks.getLast(), end, taken.limit());
      end += taken.limit();
      size += taken.limit();
      return count;
    } finally {
      connection.loop().buffers().give(taken);
      dropEmptyBlock();
    }
  }

  /** Moves as many bytes as there is room for. */
  void moveTo(ByteBuffer into) {
    while (size > 0 && into.hasRemaining()) {
      int count = Math.min(firstEnd() - begin, into.remaining());
      into.put(blocks.getFirst(), begin, count);
      begin += count;
      size -= count;
      if (begin == firstEnd()) {
        dropFirstBlock();
      }
    }
  }

  /** The unread bytes as they lie; they aren't moved by reading these. */
  List<ByteBuffer> views() {
    List<ByteBuffer> views = new ArrayList<>(blocks.size());
    int from = begin;
    int left = size;
    for (byte[] block : blocks) {
      int count = Math.min(left, BLOCK_BYTES - from);
      views.add(ByteBuffer.wrap(block, from, count));
      left -= count;
      from = 0;
    }
    return views;
  }

  void clear() {
    blocks.clear();
    begin = 0;
    end = BLOCK_BYTES;
    size = 0;
    giveBack();
  }

  private void giveBack() {
    budget.give(reserved);
    reserved = 0;
  }

  private int firstEnd() {
    return blocks.size() == 1 ? end : BLOCK_BYTES;
  }

  private void dropFirstBlock() {
    blocks.removeFirst();
    begin = 0;
    if (blocks.isEmpty()) {
      end = BLOCK_BYTES;
      giveBack();
    }
  }

  /** Takes back the block that was made for bytes that didn't come. */
  private void dropEmptyBlock() {
    if (end == 0) {
      blocks.removeLast();
      end = BLOCK_BYTES;
      if (blocks.isEmpty()) {
        giveBack();
      }
    }
  }
}
