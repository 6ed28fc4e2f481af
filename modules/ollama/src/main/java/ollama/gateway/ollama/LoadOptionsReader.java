package ollama.gateway.ollama;

import java.util.OptionalInt;

/**
 * Gathers the options that a model is loaded with. Ollama reads {@code options} as a map: its names
 * are exact, the last of two counts, and a second {@code options} adds to the first.
 */
final class LoadOptionsReader {
  private static final int NUM_CTX = 0;
  private static final int NUM_GPU = 2;
  private static final int USE_MMAP = 4;
  private static final String[] NAMES = {
    "num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "shift"
  };
  private static final int SHIFT = NAMES.length - 1;

  private final JsonReader reader;
  private final long[] values = new long[NAMES.length];

  /** A bit for each value that is there. */
  private int present;

  LoadOptionsReader(JsonReader reader) {
    this.reader = reader;
  }

  /** Reads the value behind the name {@code options}. */
  void options() {
    JsonReader.Token token = reader.next();
    if (token == JsonReader.Token.NULL) {
      present &= 1 << SHIFT;
    }
    if (token != JsonReader.Token.BEGIN_OBJECT) {
      reader.skipValue();
      return;
    }
    while (reader.next() == JsonReader.Token.NAME) {
      option();
    }
  }

  /** Reads the value behind the name {@code shift}, which stands beside the options. */
  void shift() {
    flag(SHIFT);
  }

  LoadOptions loadOptions() {
    if (present == 0) {
      return LoadOptions.NONE;
    }
    long hash = Hash64.SEED;
    int counting = 0;
    for (int i = 0; i < values.length; i++) {
      if (isThere(i) && !isDefault(i)) {
        hash = Hash64.add(Hash64.add(hash, i), values[i]);
        counting++;
      }
    }
    long fingerprint = counting == 0 ? LoadOptions.NO_FINGERPRINT : nonZero(hash);
    return new LoadOptions(
        fingerprint,
        isThere(NUM_CTX)
            ? OptionalInt.of((int) Math.clamp(values[NUM_CTX], 0L, Integer.MAX_VALUE))
            : OptionalInt.empty());
  }

  private void option() {
    for (int i = 0; i < SHIFT; i++) {
      if (reader.is(NAMES[i])) {
        if (i == USE_MMAP) {
          flag(i);
        } else {
          number(i);
        }
        return;
      }
    }
    reader.skipValue();
  }

  private void number(int option) {
    if (reader.next() == JsonReader.Token.NUMBER) {
      put(option, reader.integer());
    } else {
      other(option);
    }
  }

  private void flag(int option) {
    JsonReader.Token token = reader.next();
    if (token == JsonReader.Token.TRUE || token == JsonReader.Token.FALSE) {
      put(option, token == JsonReader.Token.TRUE ? 1 : 0);
    } else {
      other(option);
    }
  }

  /** Null is as if it weren't there; with anything else Ollama refuses the request. */
  private void other(int option) {
    present &= ~(1 << option);
    reader.skipValue();
  }

  private void put(int option, long value) {
    values[option] = value;
    present |= 1 << option;
  }

  private boolean isThere(int option) {
    return (present & (1 << option)) != 0;
  }

  private boolean isDefault(int option) {
    return (option == NUM_GPU && values[option] < 0) || (option == SHIFT && values[option] == 1);
  }

  private static long nonZero(long hash) {
    return hash == LoadOptions.NO_FINGERPRINT ? 1 : hash;
  }
}
