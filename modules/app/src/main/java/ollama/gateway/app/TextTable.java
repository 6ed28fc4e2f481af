package ollama.gateway.app;

import java.io.PrintStream;
import java.util.List;

/** Rows of texts in columns, for people. */
final class TextTable {

  private static final int PRINTED_LENGTH = 65_536;

  private TextTable() {}

  /** Prints rows of equal length, each column as wide as its longest text. */
  static void print(List<List<String>> rows, PrintStream out) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        text.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
      }
      int end = text.length();
      while (end > 0 && text.charAt(end - 1) == ' ') {
        end--;
      }
      text.setLength(end);
      text.append('\n');
      // Not line by line: of 100,000, a reader would be woken for each.
      if (text.length() >= PRINTED_LENGTH) {
        out.print(text);
        text.setLength(0);
      }
    }
    out.print(text);
    out.flush();
  }
}
