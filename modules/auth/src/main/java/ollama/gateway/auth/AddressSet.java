package ollama.gateway.auth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.List;
import ollama.gateway.auth.Intervals.Bits;
import ollama.gateway.auth.Intervals.Interval;
import ollama.gateway.config.AddressRange;

/**
 * The union of some ranges. The families are kept apart, so that {@code ::/0} says nothing about
 * IPv4; an address or range that is IPv4-mapped (RFC 4291 section 2.5.5.2) belongs to IPv4.
 */
public final class AddressSet {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final int MAPPED_PREFIX_BITS = 96;
  private static final long MAPPED = 0xffffL << 32;

  private final Intervals ipv4;
  private final Intervals ipv6;

  /**
   * Makes a set.
   *
   * @param ranges what is in it
   */
  public AddressSet(List<AddressRange> ranges) {
    List<Interval> intervals = ranges.stream().map(AddressSet::interval).toList();
    ipv4 = new Intervals(intervals.stream().filter(AddressSet::isMapped).toList());
    ipv6 = new Intervals(intervals.stream().filter(i -> !isMapped(i)).toList());
  }

  boolean isEmpty() {
    return ipv4.isEmpty() && ipv6.isEmpty();
  }

  /**
   * Whether an address is in it, its zone aside.
   *
   * @param address any
   * @return whether some range has it
   */
  public boolean contains(InetAddress address) {
    if (isEmpty()) {
      return false;
    }
    byte[] bytes = address.getAddress();
    long high = high(bytes);
    long low = low(bytes);
    return (isMapped(high, low) ? ipv4 : ipv6).contains(high, low);
  }

  private static Interval interval(AddressRange range) {
    byte[] bytes = range.network().getAddress();
    int prefixBits = range.prefixBits() + (bytes.length == 4 ? MAPPED_PREFIX_BITS : 0);
    return Interval.ofPrefix(new Bits(high(bytes), low(bytes)), prefixBits);
  }

  private static boolean isMapped(Interval interval) {
    return isMapped(interval.first().high(), interval.first().low())
        && isMapped(interval.last().high(), interval.last().low());
  }

  private static boolean isMapped(long high, long low) {
    return high == 0 && (low >>> 32) == 0xffff;
  }

  private static long high(byte[] bytes) {
    return bytes.length == 4 ? 0 : (long) LONGS.get(bytes, 0);
  }

  private static long low(byte[] bytes) {
    return bytes.length == 4
        ? MAPPED | Integer.toUnsignedLong((int) INTS.get(bytes, 0))
        : (long) LONGS.get(bytes, 8);
  }
}
