package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.BodyWatch;

/** The beginning of a body, or all of it, in memory that is taken of a budget. */
final class KeptBytes implements AutoCloseable {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final int FIRST_BYTES_MAX = 64 * 1024;

  private final int maxBytes;
  private final MemoryBudget budget;
  private ByteBuffer kept = NOTHING;

  private int reserved;

  /** Whether less is kept than might be, since others hold the memory. */
  private boolean lacksMemory;

  /** Keeps at most {@code maxBytes}. */
  KeptBytes(int maxBytes, MemoryBudget budget) {
    this.maxBytes = maxBytes;
    this.budget = budget;
  }

  /**
   * All of a body.
   *
   * @param text which is as long as what was taken of the budget for it
   */
  static KeptBytes of(byte[] text, MemoryBudget budget) {
    KeptBytes bytes = new KeptBytes(text.length, budget);
    bytes.kept = ByteBuffer.wrap(text).position(text.length);
    return bytes;
  }

  /**
   * Takes the body from the client: all of it, or as much as may be kept.
   *
   * @param bytes how much is enough
   * @throws PeerLeftException when the client left
   * @throws ProtocolException when the body broke a rule
   */
  void fill(RequestBody body, int bytes) throws PeerLeftException, ProtocolException {
    int enough = Math.min(bytes, maxBytes);
    while (enough > 0 && !body.done() && fillOnce(body, enough)) {
      // On it goes.
    }
  }

  /**
   * Takes more of it until the watch knows the model, and no more than may be kept.
   *
   * @param seeing has seen what is kept
   * @throws PeerLeftException when the client left
   * @throws ProtocolException when the body broke a rule
   */
  void fillToModel(RequestBody body, BodyWatch seeing) throws PeerLeftException, ProtocolException {
    boolean hasRoom = true;
    while (hasRoom && !body.done() && !seeing.hasModel()) {
      int from = size();
      hasRoom = fillOnce(body, maxBytes);
      seeing.passes(kept, from, size() - from);
    }
  }

  /** Takes what is here, or comes next; says whether there was room for all of it. */
  private boolean fillOnce(RequestBody body, int bytes)
      throws PeerLeftException, ProtocolException {
    if (!body.atHand()) {
      body.await(null);
    }
    boolean room = makeRoom(body.atHandBytes(), body.leftBytes(), bytes);
    int _ = body.take(kept);
    return room || !body.atHand();
  }

  /** Whether less is kept than might be, since others hold the memory. */
  boolean lacksMemory() {
    return lacksMemory;
  }

  /** Bytes that are kept. */
  int size() {
    return kept.position();
  }

  /** What is kept, to be read only, and only until more is filled in or it is dropped. */
  byte[] array() {
    return kept.array();
  }

  /**
   * Keeps others instead.
   *
   * @param length how many
   * @param bytes them, asked for once there is memory
   * @return whether there was memory for it; nothing is changed if not
   */
  boolean replace(int length, Supplier<byte[]> bytes) {
    int more = length - kept.capacity();
    if (more > 0 && !budget.take(more)) {
      return false;
    }
    budget.give(Math.max(0, -more));
    kept = ByteBuffer.wrap(bytes.get()).position(length);
    return true;
  }

  /** Keeps what another one holds, which holds nothing afterwards. */
  void takeOver(KeptBytes other) {
    drop();
    kept = other.kept;
    other.kept = NOTHING;
  }

  /** Forgets all; the memory is free. */
  void drop() {
    if (kept.capacity() > 0) {
      budget.give(kept.capacity());
      kept = NOTHING;
    }
  }

  /**
   * Takes memory of the budget for something else, until {@link #close}.
   *
   * @return whether there was any
   */
  boolean reserve(int bytes) {
    boolean taken = budget.take(bytes);
    reserved += taken ? bytes : 0;
    return taken;
  }

  /** Forgets all, and what was reserved is free, too. */
  @Override
  public void close() {
    drop();
    budget.give(reserved);
    reserved = 0;
  }

  /**
   * Tells bodies apart, well enough but for who forges one: two checksums that processors compute
   * as fast as they read memory, so that a megabyte holds a loop for less than a millisecond.
   */
  long digest() {
    CRC32C upper = new CRC32C();
    upper.update(kept.array(), 0, size());
    CRC32 lower = new CRC32();
    lower.update(kept.array(), 0, size());
    return upper.getValue() << Integer.SIZE | lower.getValue();
  }

  /**
   * Makes room for what is at hand, as far as the bounds allow it. What a client declares is
   * believed only up to a point; beyond that room grows with what came.
   *
   * @param left how much is to come in all, or -1
   * @param max how much room there may be
   * @return whether there is any
   */
  private boolean makeRoom(int atHand, long left, int max) {
    long needed = size() + (left < 0 ? atHand : Math.min(atHand, left));
    if (needed > kept.capacity() && kept.capacity() < max) {
      long doubled = Math.max(needed, size() * 2L);
      long declared = left < 0 ? doubled : size() + left;
      int length = (int) Math.min(max, Math.min(declared, Math.max(doubled, FIRST_BYTES_MAX)));
      if (budget.take(length - kept.capacity())) {
        kept = ByteBuffer.allocate(length).put(kept.flip());
      } else {
        lacksMemory = budget.couldHold(length);
      }
    }
    return kept.hasRemaining();
  }
}
