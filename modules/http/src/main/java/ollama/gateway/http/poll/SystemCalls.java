package ollama.gateway.http.poll;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Linux's system calls, all through the C library's {@code syscall}: each further function would
 * cost a few milliseconds of the start. Arguments and results are as in the manual's section 2.
 */
@SuppressWarnings("restricted") // a function whose type the manual gives
final class SystemCalls {

  static final int EPERM = 1;
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int EBUSY = 16;
  static final int EINVAL = 22;
  static final int EMFILE = 24;
  static final int EPIPE = 32;
  static final int ENOSYS = 38;
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

  /**
   * Whether the stub is there without the linker; it then is called with its function's address.
   */
  private static final boolean BARE;

  private static final long FUNCTION;
  private static final MethodHandle SYSCALL;

  static {
    @Nullable MethodHandle bare = null;
    long function = 0;
    if (!ARM) {
      try {
        function = BareDowncall.find("syscall");
        bare = BareDowncall.ofSevenLongs();
      } catch (ReflectiveOperationException | RuntimeException e) {
        // Another JDK than that was written for: the linker does it, only not as soon.
      }
    }
    BARE = bare != null;
    FUNCTION = function;
    SYSCALL = bare != null ? bare : linked();
  }

  // Of one thread at a time: where errno is put. A plain buffer over it reads it without more ado.
  private final ByteBuffer errno = memory(Integer.BYTES);
  private final MemorySegment errnoSegment = MemorySegment.ofBuffer(errno);
  private final long errnoAddress = errnoSegment.address();

  /** For one thread at a time. */
  SystemCalls() {}

  private static MethodHandle linked() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("syscall"),
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
  }

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
      if (BARE) {
        result = (long) SYSCALL.invokeExact(FUNCTION, errnoAddress, number, a, b, c, d, e, f);
      } else {
        result = (long) SYSCALL.invokeExact(errnoSegment, number, a, b, c, d, e, f);
      }
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
      throw new IOException(name + " failed with " + error((int) -result));
    }
    return result;
  }

  private static String error(int number) {
    return switch (number) {
      case EPERM ->
          "EPERM: it isn't permitted here, by a container's seccomp profile or by the sysctl"
              + " kernel.io_uring_disabled";
      case ENOMEM ->
          "ENOMEM: memory is short, or the limit for locked memory (ulimit -l) is low: 512 KiB for"
              + " each event loop suffice";
      case EMFILE -> "EMFILE: the process has as many files open as it may have (ulimit -n)";
      case ENOSYS ->
          "ENOSYS: it needs Linux 6.1 or later, and a seccomp profile that doesn't hide it";
      case EINVAL -> "EINVAL: it needs Linux 6.1 or later";
      default -> "error " + number;
    };
  }
}
