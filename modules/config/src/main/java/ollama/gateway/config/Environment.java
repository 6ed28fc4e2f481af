package ollama.gateway.config;

import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts environment variables where a text of one file has {@code ${NAME}}, once: what is put in
 * stays.
 */
final class Environment {
  private static final String OPEN = "${";
  private static final String LITERAL_OPEN = "$${";
  private static final Pattern VARIABLE =
      Pattern.compile("(\\$\\$\\{)|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)\\})?");

  /** Of one text; the same as of one without variables. */
  private static final int TEXT_LENGTH_MAX = JsonParsing.TEXT_LENGTH_MAX;

  /** Of all texts of a file that have variables. */
  private static final int LENGTH_MAX = ConfigLoader.FILE_BYTES_MAX;

  private final Map<String, String> variables;
  private long expandedLength;

  Environment(Map<String, String> variables) {
    this.variables = variables;
  }

  /** Whether there is anything to be expanded in a text. */
  static boolean hasVariables(String text) {
    return hasVariables(text, 0, text.length());
  }

  /** The same of a part of it. */
  static boolean hasVariables(String text, int from, int to) {
    return text.indexOf(OPEN, from, to) >= 0;
  }

  /**
   * Expands a text. Short texts can name long variables often, so what comes of it is bounded.
   *
   * @param problem is told what is wrong, any number of times; then the result is of no use
   */
  String expand(String text, Consumer<String> problem) {
    if (!hasVariables(text)) {
      return text;
    }
    StringBuilder expanded = new StringBuilder();
    Matcher matcher = VARIABLE.matcher(text);
    int done = 0;
    while (matcher.find() && expanded.length() <= TEXT_LENGTH_MAX) {
      expanded.append(text, done, matcher.start()).append(replacement(matcher, problem));
      done = matcher.end();
    }
    expanded.append(text, done, text.length());
    if (expanded.length() > TEXT_LENGTH_MAX) {
      problem.accept(
          "with its variables put in, this text is longer than "
              + TEXT_LENGTH_MAX
              + " characters: name fewer, or shorter ones");
      return "";
    }
    expandedLength += expanded.length();
    if (expandedLength > LENGTH_MAX) {
      problem.accept(
          "with their variables put in, the texts up to here are longer than "
              + (LENGTH_MAX >> 20)
              + " Mi characters together: name fewer, or shorter ones");
      return "";
    }
    return expanded.toString();
  }

  private String replacement(MatchResult match, Consumer<String> problem) {
    if (match.group(1) != null) {
      return OPEN;
    }
    String name = match.group(2);
    if (name == null) {
      problem.accept(
          "after ${ stand a variable's name (letters, digits, _) and }, as in ${NAME}; a literal"
              + " ${ is written $${");
      return "";
    }
    String value = variables.get(name);
    if (value == null) {
      problem.accept(
          "the environment variable "
              + name
              + " isn't set: set it where the gateway is started, or write the text here; a literal"
              + " ${ is written $${");
      return "";
    }
    return value;
  }

  /** Writes a text so that {@link #expand} gives it back as it is. */
  static String escape(String literal) {
    return literal.replace(OPEN, LITERAL_OPEN);
  }
}
