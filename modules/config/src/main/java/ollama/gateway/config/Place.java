package ollama.gateway.config;

/**
 * Where in the file something is.
 *
 * @param line from 1
 * @param column characters from 1; a byte order mark isn't counted
 */
record Place(int line, int column) {

  /** Counts the lines before an offset in characters; a line ends with LF, CR LF or CR. */
  static Place of(String text, int offset) {
    int line = 1;
    int lineStart = text.startsWith(ConfigFile.BYTE_ORDER_MARK) ? 1 : 0;
    for (int i = lineStart; i < offset; i++) {
      char c = text.charAt(i);
      if (c == '\n' || (c == '\r' && !text.startsWith("\n", i + 1))) {
        line++;
        lineStart = i + 1;
      }
    }
    return new Place(line, Math.max(offset - lineStart, 0) + 1);
  }

  ConfigProblem problem(String path, String message) {
    return new ConfigProblem(path, line, column, message);
  }
}
