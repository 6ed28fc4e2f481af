package ollama.gateway.app;

import java.util.List;

/**
 * Shows one text after the other in one place of a terminal whose size isn't known (ECMA-48, and
 * DEC's private mode 7). Nothing scrolls: of a text that is higher than the terminal the beginning
 * is shown, and of a line that is as wide as it or wider, what comes before its last column.
 */
final class InPlace {

  private static final String CUT_LINES = "\u001b[?7l";
  private static final String WRAP_LINES = "\u001b[?7h";
  private static final String REST_OF_LINE = "\u001b[K";
  private static final String REST_OF_SCREEN = "\u001b[J";

  private InPlace() {}

  /** What shows a text in place of the one before, to be written at once. */
  static String frame(String text) {
    List<String> lines = text.lines().toList();
    StringBuilder frame = new StringBuilder(CUT_LINES);
    row(frame, lines.size() + 1).append(REST_OF_SCREEN);
    // The last one first: what is below the last row is written there, and over that what belongs
    // there.
    for (int i = lines.size(); i > 0; i--) {
      row(frame, i).append(lines.get(i - 1)).append(REST_OF_LINE);
    }
    // Whoever ends it goes on below, with lines as they were.
    return row(frame, lines.size() + 1).append(WRAP_LINES).toString();
  }

  private static StringBuilder row(StringBuilder frame, int number) {
    return frame.append("\u001b[").append(number).append(";1H");
  }
}
