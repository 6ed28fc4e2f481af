package ollama.gateway.config;

import org.jspecify.annotations.Nullable;

/**
 * The entries of {@code apiKeys} in a text that was read: what stands in the next text to the
 * letter needn't be read again. Immutable.
 */
final class KnownKeys {
  private final String text;
  private final Places places;
  private final @Nullable ApiKey[] keys;

  /**
   * Entries.
   *
   * @param places where they stand in the text
   * @param keys what each of them is; null where that depends on more than its text, or the entry
   *     isn't without a problem
   */
  KnownKeys(String text, Places places, @Nullable ApiKey[] keys) {
    this.text = text;
    this.places = places;
    this.keys = keys;
  }

  /** Of no text. */
  static KnownKeys none() {
    return new KnownKeys("", new Places(), new @Nullable ApiKey[0]);
  }

  /** Which entries of the next text are these: as many as are the same from both ends. */
  Same in(String nextText, Places next) {
    int most = Math.min(keys.length, next.size());
    int head = 0;
    while (head < most && isSame(head, nextText, next, head)) {
      head++;
    }
    int shift = next.size() - keys.length;
    int tail = next.size();
    while (next.size() - tail < most - head && isSame(tail - 1 - shift, nextText, next, tail - 1)) {
      tail--;
    }
    return new Same(head, tail, shift);
  }

  private boolean isSame(int index, String nextText, Places next, int nextIndex) {
    int start = places.start(index);
    int length = places.end(index) - start;
    int nextStart = next.start(nextIndex);
    return length == next.end(nextIndex) - nextStart
        && text.regionMatches(start, nextText, nextStart, length);
  }

  /** Entries of the next text that are the same. */
  final class Same {
    private final int head;
    private final int tail;
    private final int shift;

    private Same(int head, int tail, int shift) {
      this.head = head;
      this.tail = tail;
      this.shift = shift;
    }

    /** The key that an entry of the next text is; null if it has to be read. */
    @Nullable ApiKey key(int index) {
      if (index >= head && index < tail) {
        return null;
      }
      return keys[index < head ? index : index - shift];
    }
  }
}
