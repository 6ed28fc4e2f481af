package ollama.gateway.config;

import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts environment variables where a text has {@code ${NAME}}, once: what is put in stays. */
final class Environment {
  private static final String OPEN = "${";
  private static final String LITERAL_OPEN = "$${";
  private static final Pattern VARIABLE =
      Pattern.compile("(\\$\\$\\{)|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)\\})?");

  private final Map<String, String> variables;

  Environment(Map<String, String> variables) {
    this.variables = variables;
  }

  /**
   * Expands a text.
   *
   * @param problem is told what is wrong, any number of times; then the result is of no use
   */
  String expand(String text, Consumer<String> problem) {
    if (!text.contains(OPEN)) {
      return text;
    }
    return VARIABLE
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(replacement(match, problem)));
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
