package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Texts in one place of a terminal. */
class InPlaceTest {

  private static final Pattern PIECE =
      Pattern.compile("\u001b\\[(\\??[0-9;]*)([A-Za-z])|(\n)|([^\u001b])");

  private final char[][] rows = new char[4][8];
  private int row;
  private int column;
  private int scrolled;
  private boolean wraps = true;

  InPlaceTest() {
    clear(0, 0);
  }

  private void clear(int fromRow, int fromColumn) {
    for (int i = fromRow; i < rows.length; i++) {
      Arrays.fill(rows[i], i == fromRow ? fromColumn : 0, rows[i].length, ' ');
    }
  }

  /** A terminal of four rows and eight columns, as far as it is needed. */
  private void show(String written) {
    Matcher pieces = PIECE.matcher(written);
    while (pieces.find()) {
      String text = pieces.group(1);
      switch (pieces.group(2) == null ? "" : pieces.group(2)) {
        case "H" -> {
          row = Math.min(rows.length, Integer.parseInt(text.replaceAll(";.*", ""))) - 1;
          column = 0;
        }
        // Behind the last column there is nowhere to be.
        case "K" -> Arrays.fill(rows[row], Math.min(column, 7), rows[row].length, ' ');
        case "J" -> clear(row, column);
        case "h", "l" -> wraps = pieces.group(2).equals("h");
        default -> put(pieces.group());
      }
    }
  }

  private void put(String text) {
    if (text.equals("\n") || (column == rows[row].length && wraps)) {
      column = 0;
      row++;
    }
    if (row == rows.length) {
      row--;
      scrolled++;
    }
    if (!text.equals("\n")) {
      column = Math.min(column, rows[row].length - 1);
      rows[row][column++] = text.charAt(0);
    }
  }

  private List<String> shown() {
    return Arrays.stream(rows).map(String::new).map(String::stripTrailing).toList();
  }

  @Test
  void aTextTakesThePlaceOfTheOneBefore() {
    show(InPlace.frame("one\ntwo\nthree\n"));
    assertEquals(List.of("one", "two", "three", ""), shown());
    show(InPlace.frame("1\n2\n"));
    assertEquals(List.of("1", "2", "", ""), shown());

    // What comes behind it stands below.
    show("$");
    assertEquals(List.of("1", "2", "$", ""), shown());
  }

  @Test
  void ofATextThatIsHigherThanTheTerminalTheBeginningIsShown() {
    for (int i = 0; i < 3; i++) {
      show(InPlace.frame("one\ntwo\nthree\nfour\nfive\nsix\n"));
    }
    assertEquals(List.of("one", "two", "three", "four"), shown());
    assertEquals(0, scrolled);
  }

  @Test
  void aLineThatIsTooLongStaysInItsRow() {
    show(InPlace.frame("123456789012\ntwo\n"));
    assertEquals(List.of("1234567", "two", "", ""), shown());
    // As it was before.
    show("$ 123456789");
    assertEquals(0, scrolled);
    assertEquals("789", shown().getLast());
  }
}
