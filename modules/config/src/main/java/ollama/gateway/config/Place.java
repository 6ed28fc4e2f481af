package ollama.gateway.config;

/**
 * Where in the file something is.
 *
 * @param line from 1
 * @param column characters from 1; a byte order mark isn't counted
 * @param lineStart the offset at which the line starts
 * @param offset the offset of this place
 */
record Place(int line, int column, int lineStart, int offset) {

  /** The first character. */
  static Place start(String text) {
    int start = text.startsWith(ConfigFile.BYTE_ORDER_MARK) ? 1 : 0;
    return new Place(1, 1, start, start);
  }

  /** Counts the lines before an offset in characters; a line ends with LF, CR LF or CR. */
  static Place of(String text, int offset) {
    return start(text).to(text, offset);
  }

  /** The same, counted from here on to an offset that isn't before this one. */
  Place to(String text, int further) {
    int toLine = line;
    int toStart = lineStart;
    for (int i = offset; i < further; i++) {
      char c = text.charAt(i);
      if (c == '\n' || (c == '\r' && !text.startsWith("\n", i + 1))) {
        toLine++;
        toStart = i + 1;
      }
    }
    int end = Math.max(offset, further);
    return new Place(toLine, Math.max(end - toStart, 0) + 1, toStart, end);
  }

  ConfigProblem problem(String path, String message) {
    return new ConfigProblem(path, line, column, message);
  }
}
