package ollama.gateway.http.server;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;

/**
 * Who counts as one client wherever clients are limited: an IPv4 address (an IPv4-mapped one is the
 * same), or the first 64 bits of an IPv6 address. A subscriber is given at least a /64 and its
 * hosts pick, and keep changing, the rest of the address (RFC 4291 section 2.5.4, RFC 8981): a
 * limit per address would be none. All link-local addresses share their first 64 bits, so there the
 * whole address counts, without its zone.
 *
 * <p>Comparable, so that a hash map stays fast when somebody chooses prefixes that collide.
 *
 * @param high the first 64 bits; 0 for IPv4
 * @param low the others as far as they count; an IPv4 address as if it were mapped
 */
public record Subscriber(long high, long low) implements Comparable<Subscriber> {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final long MAPPED = 0xffffL << 32;

  /** The subscriber behind a client's address. */
  public static Subscriber of(InetAddress client) {
    byte[] bytes = client.getAddress();
    if (bytes.length == 4) {
      return new Subscriber(0, MAPPED | Integer.toUnsignedLong((int) INTS.get(bytes, 0)));
    }
    long high = (long) LONGS.get(bytes, 0);
    long low = (long) LONGS.get(bytes, 8);
    boolean mapped = high == 0 && low >>> 32 == 0xffff;
    return new Subscriber(high, mapped || client.isLinkLocalAddress() ? low : 0);
  }

  @Override
  public int compareTo(Subscriber other) {
    int byHigh = Long.compare(high, other.high);
    return byHigh == 0 ? Long.compare(low, other.low) : byHigh;
  }

  // What the JVM would derive these from is made anew in each process.

  @Override
  public boolean equals(Object other) {
    return other instanceof Subscriber it && it.high == high && it.low == low;
  }

  /** Mixed well: prefixes of one provider differ in a few bits only. */
  @Override
  public int hashCode() {
    long mixed = (high ^ Long.rotateLeft(low, 32)) * 0x9e3779b97f4a7c15L;
    return (int) (mixed >>> 32);
  }
}
