package ollama.gateway.http.poll;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that was mapped, and isn't there before it is used. Whoever closes it makes sure that
 * nobody uses it any more.
 */
final class Mapping implements AutoCloseable {

  private static final int PROTECTION_READ_WRITE = 3;
  private static final int MAP_SHARED_POPULATE = 0x8001;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private final SystemCalls calls;
  private final long address;
  private final ByteBuffer bytes;

  @SuppressWarnings("restricted") // what the kernel has mapped for us, and how large that is
  private Mapping(SystemCalls calls, int bytes, int how, int descriptor, long offset)
      throws IOException {
    this.calls = calls;
    long result =
        calls.call(SystemCalls.MMAP, 0, bytes, PROTECTION_READ_WRITE, how, descriptor, offset);
    address = SystemCalls.check("mmap", result);
    this.bytes =
        MemorySegment.ofAddress(address)
            .reinterpret(bytes)
            .asByteBuffer()
            .order(ByteOrder.nativeOrder());
  }

  /** What a descriptor stands for, shared with the kernel. */
  static Mapping of(SystemCalls calls, int bytes, int descriptor, long offset) throws IOException {
    return new Mapping(calls, bytes, MAP_SHARED_POPULATE, descriptor, offset);
  }

  /** All zero. */
  static Mapping anonymous(SystemCalls calls, int bytes) throws IOException {
    return new Mapping(calls, bytes, MAP_PRIVATE_ANONYMOUS, -1, 0);
  }

  /** Where it begins, which is where a page does. */
  long address() {
    return address;
  }

  /** All of it, in the machine's byte order. */
  ByteBuffer bytes() {
    return bytes;
  }

  @Override
  public void close() {
    long _ = calls.call(SystemCalls.MUNMAP, address, bytes.capacity(), 0, 0, 0, 0);
  }
}
