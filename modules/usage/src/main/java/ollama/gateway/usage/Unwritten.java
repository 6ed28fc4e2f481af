package ollama.gateway.usage;

import org.jspecify.annotations.Nullable;

/**
 * The rows and keys that aren't in the file as they are in memory, each once: so it never holds
 * more than there are, however long nothing can be written. Guarded by the lock of its {@link
 * Books}.
 */
final class Unwritten {

  /** Whether there is a file at all. */
  private final boolean isKept;

  private @Nullable Row rows;
  private @Nullable KeyUsage keys;
  private int size;

  Unwritten(boolean isKept) {
    this.isKept = isKept;
  }

  void add(Row row) {
    if (isKept && !row.isUnwritten) {
      row.isUnwritten = true;
      row.nextUnwritten = rows;
      rows = row;
      size++;
    }
  }

  void add(KeyUsage key) {
    if (isKept && !key.isUnwritten) {
      key.isUnwritten = true;
      key.nextUnwritten = keys;
      keys = key;
      size++;
    }
  }

  @Nullable Row takeRow() {
    Row row = rows;
    if (row != null) {
      rows = row.nextUnwritten;
      row.nextUnwritten = null;
      row.isUnwritten = false;
      size--;
    }
    return row;
  }

  @Nullable KeyUsage takeKey() {
    KeyUsage key = keys;
    if (key != null) {
      keys = key.nextUnwritten;
      key.nextUnwritten = null;
      key.isUnwritten = false;
      size--;
    }
    return key;
  }

  int size() {
    return size;
  }
}
