package ollama.gateway.http.poll;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * What {@link java.lang.foreign.Linker} ends with when it links the C library's {@code syscall}: a
 * stub that moves arguments into registers. Asked for by itself, it doesn't need the twenty classes
 * that the linker makes anew in each process on its way there, a third of the time to the first
 * answer.
 *
 * <p>Of the JDK's own, and for JDK 25 on x86-64 (System V ABI) only: where anything of it isn't as
 * expected, the linker does it.
 */
final class BareDowncall {

  private static final String ABI = "jdk.internal.foreign.abi.";
  private static final String X64 = ABI + "x64.X86_64Architecture";
  private static final int ERRNO = 1 << 2;

  /** For dlsym: all libraries of the process, RTLD_DEFAULT. */
  private static final long EVERYWHERE = 0;

  private BareDowncall() {}

  /** The address of a function of the C library. */
  static long find(String function) throws ReflectiveOperationException {
    Class<?> library = Class.forName("jdk.internal.loader.NativeLibrary");
    Method find = library.getDeclaredMethod("findEntry0", long.class, String.class);
    long address = (long) open(find).invoke(null, EVERYWHERE, function);
    if (address == 0) {
      throw new NoSuchMethodException("the C library has no " + function);
    }
    return address;
  }

  /**
   * Takes the function's address, where to put errno, and seven numbers.
   *
   * @throws ReflectiveOperationException when this isn't the JDK that it was written for
   */
  static MethodHandle ofSevenLongs() throws ReflectiveOperationException {
    Class<?> storage = Class.forName(ABI + "VMStorage");
    Class<?> descriptor = Class.forName(ABI + "ABIDescriptor");
    Object abi = read(Class.forName(ABI + "x64.sysv.CallArranger").getDeclaredField("CSysV"));
    Object arguments = java.lang.reflect.Array.newInstance(storage, 9);
    Object[] from = (Object[]) arguments;
    from[0] = open(descriptor.getMethod("targetAddrStorage")).invoke(abi);
    from[1] = open(descriptor.getMethod("capturedStateStorage")).invoke(abi);
    Class<?> registers = Class.forName(X64 + "$Regs");
    String[] names = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};
    for (int i = 0; i < names.length; i++) {
      from[2 + i] = read(registers.getField(names[i]));
    }
    // The seventh is on the stack, as the first one there.
    Method onStack = Class.forName(X64).getMethod("stackStorage", short.class, int.class);
    from[8] = open(onStack).invoke(null, (short) Long.BYTES, 0);
    Object results = java.lang.reflect.Array.newInstance(storage, 1);
    ((Object[]) results)[0] = read(registers.getField("rax"));
    Class<?>[] longs = new Class<?>[from.length];
    Arrays.fill(longs, long.class);
    Class<?> entryPoint = Class.forName(ABI + "NativeEntryPoint");
    Method make =
        entryPoint.getMethod(
            "make",
            descriptor,
            storage.arrayType(),
            storage.arrayType(),
            MethodType.class,
            boolean.class,
            int.class,
            boolean.class,
            boolean.class);
    MethodType type = MethodType.methodType(long.class, longs);
    Object entry =
        open(make).invoke(null, abi, arguments, results, type, false, ERRNO, true, false);
    Class<?> secrets = Class.forName("jdk.internal.access.SharedSecrets");
    Object access = open(secrets.getMethod("getJavaLangInvokeAccess")).invoke(null);
    Class<?> accessType = Class.forName("jdk.internal.access.JavaLangInvokeAccess");
    Method handle = accessType.getMethod("nativeMethodHandle", entryPoint);
    return (MethodHandle) open(handle).invoke(access, entry);
  }

  private static Object read(Field field) throws ReflectiveOperationException {
    return open(field).get(null);
  }

  private static <T extends AccessibleObject> T open(T member) {
    member.setAccessible(true);
    return member;
  }
}
