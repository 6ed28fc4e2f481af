package ollama.gateway.config;

/**
 * Something in the settings file that is wrong, or that its writer should know. It never shows a
 * key or a password.
 *
 * @param path where it is in the JSON, such as {@code rateLimit.maxRequests} or {@code
 *     ollamaAddresses[1]}; empty for the file as a whole
 * @param line the line, from 1; 0 if the file couldn't be read at all
 * @param column the character in that line, from 1 (a tab is one); 0 like the line
 * @param message what is wrong, what is expected and what to do
 */
public record ConfigProblem(String path, int line, int column, String message) {

  /**
   * One line for people, in the form that editors and terminals make a link of.
   *
   * @param fileName how the user calls the file
   * @return {@code config.json:LINE:COLUMN: PATH: message}; what isn't known is left out
   */
  public String format(String fileName) {
    String place = line == 0 ? "" : ":" + line + ":" + column;
    return fileName + place + ": " + what();
  }

  /**
   * The same for people who needn't know the file's name.
   *
   * @return {@code line LINE, column COLUMN: PATH: message}; what isn't known is left out
   */
  public String format() {
    return (line == 0 ? "" : "line " + line + ", column " + column + ": ") + what();
  }

  private String what() {
    return path.isEmpty() ? message : path + ": " + message;
  }
}
