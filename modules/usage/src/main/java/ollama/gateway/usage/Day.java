package ollama.gateway.usage;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one day: a hash table by key and model, whose rows keep their place for ever, so that
 * they can be gone through in pieces. Not thread-safe.
 */
final class Day {
  private static final int INITIAL_ROWS = 4;

  /** The golden ratio, by which names that are nearly the same end far from each other. */
  private static final int SPREAD = 0x9E3779B9;

  /** Days since 1970. */
  final int day;

  /** Whether it is in no books any more. */
  boolean isDropped;

  private @Nullable Row[] rows = new @Nullable Row[INITIAL_ROWS];
  private int size;

  /** Places of rows, plus 1; a power of two, at most half full. */
  private int[] slots = new int[INITIAL_ROWS * 2];

  Day(int day) {
    this.day = day;
  }

  @Nullable Row find(KeyUsage key, String model) {
    int mask = slots.length - 1;
    for (int slot = hash(key, model) & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
      Row row = rows[slots[slot] - 1];
      if (row != null && row.key == key && row.model.equals(model)) {
        return row;
      }
    }
    return null;
  }

  /** Adds one that isn't there. */
  Row add(KeyUsage key, String model) {
    if (size == rows.length) {
      grow();
    }
    Row row = new Row(key, model, this);
    rows[size] = row;
    size++;
    place(row, size);
    return row;
  }

  int size() {
    return size;
  }

  Row row(int place) {
    Row row = rows[place];
    if (row == null) {
      throw new IndexOutOfBoundsException(place);
    }
    return row;
  }

  private void grow() {
    rows = Arrays.copyOf(rows, size * 2);
    slots = new int[rows.length * 2];
    for (int i = 0; i < size; i++) {
      place(row(i), i + 1);
    }
  }

  private void place(Row row, int placePlusOne) {
    int mask = slots.length - 1;
    int slot = hash(row.key, row.model) & mask;
    while (slots[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    slots[slot] = placePlusOne;
  }

  private static int hash(KeyUsage key, String model) {
    int hash = (key.id.hashCode() * 31 + model.hashCode()) * SPREAD;
    return hash ^ (hash >>> 16);
  }
}
