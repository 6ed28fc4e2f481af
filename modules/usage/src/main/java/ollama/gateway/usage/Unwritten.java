package ollama.gateway.usage;

import org.jspecify.annotations.Nullable;

/**
 * The rows and keys that aren't in the file as they are in memory, each once, those first that have
 * waited for longest: so it never holds more than there are, however long nothing can be written.
 * Guarded by the lock of its {@link Books}.
 */
final class Unwritten {

  /** Whether there is a file at all. */
  private final boolean isKept;

  private @Nullable Row firstRow;
  private @Nullable Row lastRow;
  private int rows;
  private @Nullable KeyUsage firstKey;
  private @Nullable KeyUsage lastKey;
  private int keys;

  Unwritten(boolean isKept) {
    this.isKept = isKept;
  }

  void add(Row row) {
    if (!isKept || row.isUnwritten) {
      return;
    }
    row.isUnwritten = true;
    Row before = lastRow;
    if (before == null) {
      firstRow = row;
    } else {
      before.nextUnwritten = row;
    }
    lastRow = row;
    rows++;
  }

  void add(KeyUsage key) {
    if (!isKept || key.isUnwritten) {
      return;
    }
    key.isUnwritten = true;
    KeyUsage before = lastKey;
    if (before == null) {
      firstKey = key;
    } else {
      before.nextUnwritten = key;
    }
    lastKey = key;
    keys++;
  }

  @Nullable Row takeRow() {
    Row row = firstRow;
    if (row != null) {
      firstRow = row.nextUnwritten;
      if (firstRow == null) {
        lastRow = null;
      }
      row.nextUnwritten = null;
      row.isUnwritten = false;
      rows--;
    }
    return row;
  }

  @Nullable KeyUsage takeKey() {
    KeyUsage key = firstKey;
    if (key != null) {
      firstKey = key.nextUnwritten;
      if (firstKey == null) {
        lastKey = null;
      }
      key.nextUnwritten = null;
      key.isUnwritten = false;
      keys--;
    }
    return key;
  }

  int rows() {
    return rows;
  }

  int keys() {
    return keys;
  }

  boolean isEmpty() {
    return firstRow == null && firstKey == null;
  }
}
