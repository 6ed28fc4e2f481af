package ollama.gateway.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The settings file can't be used. The message has one line for each problem, all that were found,
 * and never shows a key or a password.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Nobody serializes it; the message would survive. */
  private final transient List<ConfigProblem> problems;

  /**
   * Makes one of all problems.
   *
   * @param fileName how the user calls the file
   * @param problems what is wrong with it, in the order of the file; at least one
   */
  public ConfigException(String fileName, List<ConfigProblem> problems) {
    super(problems.stream().map(p -> p.format(fileName)).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** The whole file is the problem. */
  static ConfigException ofFile(String fileName, String message) {
    return new ConfigException(fileName, List.of(new ConfigProblem("", 0, 0, message)));
  }

  /** One line for each problem, in the form of {@link ConfigProblem#format}. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /**
   * What is wrong.
   *
   * @return the problems in the order of the file; never empty
   */
  public List<ConfigProblem> problems() {
    return problems;
  }
}
