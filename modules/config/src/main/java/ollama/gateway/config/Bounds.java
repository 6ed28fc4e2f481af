package ollama.gateway.config;

/**
 * The whole numbers that a setting takes: both ends are included.
 *
 * @param zeroMeans what 0 stands for, such as "no limit"; empty if it is a number like any other
 */
record Bounds(long min, long max, String zeroMeans) {

  static Bounds of(long min, long max) {
    return new Bounds(min, max, "");
  }

  /** From 0 on, where 0 switches the limit off. */
  static Bounds orNone(long max) {
    return new Bounds(0, max, "no limit");
  }

  boolean contains(long value) {
    return min <= value && value <= max;
  }

  /** Both ends in words, such as "a whole number from 0 to 60 (0: no limit)". */
  String text() {
    String zero = zeroMeans.isEmpty() ? "" : " (0: " + zeroMeans + ")";
    return "a whole number from " + min + " to " + max + zero;
  }

  void check(String name, long value) {
    if (!contains(value)) {
      throw new IllegalArgumentException(name + " must be " + text() + ", not " + value);
    }
  }
}
