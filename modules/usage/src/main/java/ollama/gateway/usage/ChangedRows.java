package ollama.gateway.usage;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The rows that have changed since they were taken, each once. It is bounded: of more of them it
 * says only that they are too many. Guarded by the lock of its {@link Books}.
 */
final class ChangedRows {
  static final int MAX = 16_384;

  private final ArrayDeque<Row> rows = new ArrayDeque<>();

  /** What rows are marked with that it has; 0 while nobody wants to know. */
  private int mark;

  private boolean isOverfull;

  /** Has none from now on, and takes note of those that change. */
  void begin() {
    rows.clear();
    isOverfull = false;
    mark = mark == Integer.MAX_VALUE ? 1 : mark + 1;
  }

  void add(Row row) {
    if (mark == 0 || isOverfull || row.changedMark == mark) {
      return;
    }
    if (rows.size() == MAX) {
      rows.clear();
      isOverfull = true;
      return;
    }
    row.changedMark = mark;
    rows.add(row);
  }

  @Nullable Row take() {
    Row row = rows.poll();
    if (row != null) {
      row.changedMark = 0;
    }
    return row;
  }

  /** Whether more have changed than it could have: any row may be one of them. */
  boolean isOverfull() {
    return isOverfull;
  }
}
