package ollama.gateway.http.poll;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What was received for one socket and not read yet, in its order: in the poller's buffers, or in
 * copies, once others needed those. What comes behind copies is copied as well.
 */
final class Unread {

  /** Buffers that may wait to be read. */
  private static final int BUFFERS_MAX = 8;

  private final ReceiveBuffers buffers;
  // The identities and lengths of buffers; powers of two, used in a circle.
  private int[] ids = new int[2];
  private int[] lengths = new int[2];
  private int first;
  private int count;
  // How much of the first one was read already.
  private int firstRead;
  private @Nullable ArrayDeque<ByteBuffer> copies;

  Unread(ReceiveBuffers buffers) {
    this.buffers = buffers;
  }

  boolean isEmpty() {
    return count == 0 && copies == null;
  }

  /** Whether it holds any of the poller's buffers. */
  boolean holdsBuffers() {
    return count > 0;
  }

  /** Whether no more should be received before it is read. */
  boolean isFull() {
    return count >= BUFFERS_MAX || copies != null;
  }

  /** Takes a buffer over that the kernel has filled so far. */
  void add(int id, int length) {
    ArrayDeque<ByteBuffer> kept = copies;
    if (kept != null) {
      kept.addLast(copy(buffers.buffer(id).limit(length)));
      buffers.give(id);
      return;
    }
    if (count == ids.length) {
      grow();
    }
    int at = (first + count) & (ids.length - 1);
    ids[at] = id;
    lengths[at] = length;
    count++;
  }

  /** Moves as much as there is room for. */
  void moveTo(ByteBuffer into) {
    ArrayDeque<ByteBuffer> kept = copies;
    while (kept != null && into.hasRemaining()) {
      ByteBuffer copy = kept.getFirst();
      int _ = move(copy, into);
      if (!copy.hasRemaining()) {
        kept.removeFirst();
        if (kept.isEmpty()) {
          copies = null;
          kept = null;
        }
      }
    }
    while (count > 0 && into.hasRemaining()) {
      ByteBuffer buffer = firstBuffer();
      int _ = move(buffer, into);
      firstRead = buffer.position();
      if (!buffer.hasRemaining()) {
        dropFirst();
      }
    }
  }

  /** Gives all buffers back, and keeps copies instead. */
  void copyAll() {
    ArrayDeque<ByteBuffer> kept = new ArrayDeque<>();
    while (count > 0) {
      kept.addLast(copy(firstBuffer()));
      dropFirst();
    }
    if (!kept.isEmpty()) {
      copies = kept;
    }
  }

  /** Gives all buffers back. */
  void clear() {
    copies = null;
    while (count > 0) {
      dropFirst();
    }
  }

  /** As much as there is and fits; returns how much. */
  static int move(ByteBuffer from, ByteBuffer into) {
    int bytes = Math.min(from.remaining(), into.remaining());
    into.put(into.position(), from, from.position(), bytes);
    into.position(into.position() + bytes);
    from.position(from.position() + bytes);
    return bytes;
  }

  private ByteBuffer firstBuffer() {
    return buffers.buffer(ids[first]).limit(lengths[first]).position(firstRead);
  }

  private void dropFirst() {
    buffers.give(ids[first]);
    first = (first + 1) & (ids.length - 1);
    count--;
    firstRead = 0;
  }

  private void grow() {
    int[] moreIds = new int[ids.length * 2];
    int[] moreLengths = new int[ids.length * 2];
    for (int i = 0; i < count; i++) {
      int at = (first + i) & (ids.length - 1);
      moreIds[i] = ids[at];
      moreLengths[i] = lengths[at];
    }
    ids = moreIds;
    lengths = moreLengths;
    first = 0;
  }

  private static ByteBuffer copy(ByteBuffer from) {
    return ByteBuffer.allocate(from.remaining()).put(from).flip();
  }
}
