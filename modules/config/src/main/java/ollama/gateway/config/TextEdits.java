package ollama.gateway.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Changes to a text that don't touch each other, and leave everything else as it is. */
final class TextEdits {
  private final List<Edit> edits = new ArrayList<>();

  private record Edit(int start, int end, String replacement) {}

  /** Replaces what stands from one offset to another. */
  void replace(int start, int end, String replacement) {
    edits.add(new Edit(start, end, replacement));
  }

  void remove(int start, int end) {
    replace(start, end, "");
  }

  /** Inserts; several texts at one place stand in the order in which they came. */
  void insert(int offset, String inserted) {
    replace(offset, offset, inserted);
  }

  boolean isEmpty() {
    return edits.isEmpty();
  }

  /** The whole text, changed. */
  String apply(String text) {
    return apply(text, 0, text.length());
  }

  /** A part of the text, changed; no change reaches out of it. */
  String apply(String text, int from, int to) {
    edits.sort(Comparator.comparingInt(Edit::start));
    int added = edits.stream().mapToInt(edit -> edit.replacement.length()).sum();
    StringBuilder changed = new StringBuilder(to - from + added);
    int at = from;
    for (Edit edit : edits) {
      if (edit.start < at || edit.end > to) {
        throw new IllegalStateException("two changes of one place");
      }
      changed.append(text, at, edit.start).append(edit.replacement);
      at = edit.end;
    }
    return changed.append(text, at, to).toString();
  }
}
