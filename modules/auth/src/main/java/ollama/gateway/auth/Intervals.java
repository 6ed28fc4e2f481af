package ollama.gateway.auth;

import java.util.ArrayList;
import java.util.List;

/**
 * A set of numbers of 128 bits, unsigned, as sorted intervals that don't touch each other: whether
 * a number is in it takes one binary search, however many rules the settings have.
 */
final class Intervals {
  private final List<Interval> sorted;

  Intervals(List<Interval> intervals) {
    List<Interval> merged = new ArrayList<>();
    for (Interval next :
        intervals.stream().sorted((a, b) -> a.first().compareTo(b.first())).toList()) {
      Interval last = merged.isEmpty() ? next : merged.removeLast();
      if (next.first().compareTo(last.last()) <= 0) {
        merged.add(last.until(next.last()));
      } else {
        merged.add(last);
        merged.add(next);
      }
    }
    sorted = List.copyOf(merged);
  }

  boolean contains(long high, long low) {
    int from = 0;
    int to = sorted.size();
    while (from < to) {
      int middle = (from + to) >>> 1;
      Interval interval = sorted.get(middle);
      if (interval.first().compareTo(high, low) > 0) {
        to = middle;
      } else if (interval.last().compareTo(high, low) < 0) {
        from = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  boolean isEmpty() {
    return sorted.isEmpty();
  }

  /** From first to last, both of them included. */
  record Interval(Bits first, Bits last) {

    /** Every number that shares the first {@code prefixBits} (0 to 128) with {@code bits}. */
    static Interval ofPrefix(Bits bits, int prefixBits) {
      long high = prefixBits >= 64 ? -1L : ~(-1L >>> prefixBits);
      long low = prefixBits <= 64 ? 0 : prefixBits == 128 ? -1L : ~(-1L >>> (prefixBits - 64));
      return new Interval(
          new Bits(bits.high() & high, bits.low() & low),
          new Bits(bits.high() | ~high, bits.low() | ~low));
    }

    private Interval until(Bits other) {
      return last.compareTo(other) >= 0 ? this : new Interval(first, other);
    }
  }

  /** An unsigned number of 128 bits. */
  record Bits(long high, long low) implements Comparable<Bits> {
    @Override
    public int compareTo(Bits other) {
      return compareTo(other.high, other.low);
    }

    int compareTo(long otherHigh, long otherLow) {
      return high == otherHigh
          ? Long.compareUnsigned(low, otherLow)
          : Long.compareUnsigned(high, otherHigh);
    }
  }
}
