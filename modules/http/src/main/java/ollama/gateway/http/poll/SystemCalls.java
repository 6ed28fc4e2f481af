package ollama.gateway.http.poll;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Linux's system calls, all through the C library's {@code syscall}: each further function would
 * cost a few milliseconds of the start. Arguments and results are as in the manual's section 2.
 */
@SuppressWarnings("restricted") // a function whose type the manual gives
final class SystemCalls {

  static final int EINTR = 4;
  static final int EBUSY = 16;
  static final int EPIPE = 32;
  static final int ETIME = 62;
  static final int ECONNRESET = 104;
  static final int ENOBUFS = 105;
  static final int ETIMEDOUT = 110;
  static final int ECANCELED = 125;

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  static final long CLOSE = ARM ? 57 : 3;
  static final long MMAP = ARM ? 222 : 9;
  static final long MUNMAP = ARM ? 215 : 11;
  static final long WRITE = ARM ? 64 : 1;
  static final long EVENTFD2 = ARM ? 19 : 290;
  static final long IO_URING_SETUP = 425;
  static final long IO_URING_ENTER = 426;
  static final long IO_URING_REGISTER = 427;

  private static final MethodHandle SYSCALL =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG),
              Linker.Option.firstVariadicArg(1),
              Linker.Option.captureCallState("errno"));

  // Of one thread at a time: where errno is put. A plain buffer over it reads it without more ado.
  private final ByteBuffer errno = memory(Integer.BYTES);
  private final MemorySegment errnoSegment = MemorySegment.ofBuffer(errno);

  /** For one thread at a time. */
  SystemCalls() {}

  /** Off the heap, in the machine's byte order, all zero. */
  static ByteBuffer memory(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** Where the position of a direct buffer is. */
  static long address(ByteBuffer buffer) {
    return MemorySegment.ofBuffer(buffer).address();
  }

  /** The result, or if it failed, the error's number, negated. */
  long call(long number, long a, long b, long c, long d, long e, long f) {
    long result;
    try {
      result = (long) SYSCALL.invokeExact(errnoSegment, number, a, b, c, d, e, f);
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable thrown) {
      throw new IllegalStateException("a system call throws nothing", thrown);
    }
    return result == -1 ? -errno.getInt(0) : result;
  }

  /**
   * A result, where failing isn't expected.
   *
   * @throws IOException when it failed
   */
  static long check(String name, long result) throws IOException {
    if (result < 0) {
      throw new IOException(name + " failed with error " + -result);
    }
    return result;
  }
}
