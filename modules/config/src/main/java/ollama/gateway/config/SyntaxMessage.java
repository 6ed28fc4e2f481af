package ollama.gateway.config;

/** Says in a sentence what is wrong with JSON at some place, and never what stands there. */
final class SyntaxMessage {
  static final String NOT_ONE_OBJECT =
      "expected one object and nothing else, such as { \"ollamaAddresses\":"
          + " [\"http://localhost:11434\"] }";
  static final String TOO_MUCH =
      "too much for a settings file: brackets nest at most "
          + JsonParsing.DEPTH_MAX
          + " deep, a text has at most "
          + JsonParsing.TEXT_LENGTH_MAX
          + " characters, a number "
          + JsonParsing.NUMBER_LENGTH_MAX;
  static final String NOT_HEXADECIMAL =
      "after \\u stand four hexadecimal digits: write \\\\ for a backslash";

  private SyntaxMessage() {}

  /** For a character that doesn't fit, or the end of the file where something is missing. */
  static String of(String text, int offset) {
    return offset < text.length()
        ? at(text, offset)
        : "the file ends too early: a closing quote or bracket is missing";
  }

  private static String at(String text, int offset) {
    char found = text.charAt(offset);
    char before = offset > 0 ? text.charAt(offset - 1) : ' ';
    char lastToken = lastTokenBefore(text, offset);
    if (found < ' ') {
      return "a text ends on the line that it begins on, and a tab in it is written \\t: is the"
          + " closing quote missing?";
    }
    if (before == '\\') {
      return "after a backslash may stand only one of \" \\ / b f n r t u: write \\\\ for a"
          + " backslash";
    }
    return switch (found) {
      case '}', ']' -> closing(found, lastToken);
      case '\'', '\u2018', '\u2019', '\u201c', '\u201d', '\u201e' ->
          "names and texts stand in plain double quotes: write \" here";
      case '/', '#' -> "JSON has no comments: remove it";
      case '+' -> "a number has no + before it: remove it";
      case '"' -> "a comma is missing before this, or a colon if it is the value of a name";
      case ',' -> "a value or a name is missing before this comma: write it or remove the comma";
      case ';', '=' -> "expected a comma between two values, or a colon after a name";
      default -> other(found, before, lastToken);
    };
  }

  private static String closing(char found, char lastToken) {
    return switch (lastToken) {
      case ',' -> "after the last value stands no comma: remove the one before this " + found;
      case ':' -> "a value is missing before this " + found;
      default ->
          "this "
              + found
              + " doesn't fit: another bracket was opened, or what stands before it isn't complete";
    };
  }

  private static String other(char found, char before, char lastToken) {
    if (lastToken == '{') {
      return "expected a name in double quotes";
    }
    if (lastToken == ':' || lastToken == '[' || lastToken == ',') {
      return "expected a text or name in double quotes, a number, true, false, null, a list or an"
          + " object";
    }
    return Character.isDigit(found) && Character.isDigit(before)
        ? "a number doesn't start with 0: remove the zeros"
        : "this doesn't belong here: is a comma, a colon or a quote missing before it?";
  }

  private static char lastTokenBefore(String text, int offset) {
    int i = offset - 1;
    while (i >= 0 && text.charAt(i) <= ' ') {
      i--;
    }
    return i < 0 ? ' ' : text.charAt(i);
  }
}
