package ollama.gateway.config;

import java.util.Arrays;
import java.util.Objects;

/** Where the items of a list stand in a text. For one thread as long as it grows. */
final class Places {
  private static final int FIRST = 8;

  private int[] starts = new int[FIRST];
  private int[] ends = new int[FIRST];
  private int size;

  /** One more item, from the offset of its first character to the one after its last. */
  void add(int start, int end) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      ends = Arrays.copyOf(ends, 2 * size);
    }
    starts[size] = start;
    ends[size++] = end;
  }

  int size() {
    return size;
  }

  int start(int index) {
    return starts[Objects.checkIndex(index, size)];
  }

  int end(int index) {
    return ends[Objects.checkIndex(index, size)];
  }
}
