package ollama.gateway.app;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is left of a command line to be understood. */
final class Arguments {

  private final Deque<String> left;
  private final Set<String> given = new HashSet<>();

  Arguments(List<String> arguments) {
    left = new ArrayDeque<>(arguments);
  }

  /** The command line can't be understood; the message says what to do. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message + "; `ollama-gateway --help` shows what there is");
    }
  }

  /** One option of a command: takes its value, if it has one. */
  interface Option {
    /** Returns whether it knows the option. */
    boolean take(String option) throws UsageException;
  }

  /** The next word, which is taken; empty if there is none. */
  String word() {
    return left.isEmpty() ? "" : left.remove();
  }

  /** Reads options to the end; false when one of them asks for help. */
  boolean read(Option known) throws UsageException {
    while (!left.isEmpty()) {
      String option = left.remove();
      if (option.equals("--help") || option.equals("-h")) {
        return false;
      }
      if (!known.take(option)) {
        throw new UsageException("unknown argument: " + option);
      }
    }
    return true;
  }

  int seconds(String option) throws UsageException {
    String value = value(option, "a number of seconds");
    if (!value.matches("[0-9]{1,5}")) {
      throw new UsageException(option + " needs whole seconds up to 99999 but got " + value);
    }
    return Integer.parseInt(value);
  }

  Path path(String option) throws UsageException {
    String value = value(option, "a path");
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new UsageException(option + " " + value + " can't be a path: " + e.getReason());
    }
  }

  /** The value of an option that may stand there once. */
  String value(String option, String what) throws UsageException {
    String value = valueOfMany(option, what);
    if (!given.add(option)) {
      throw new UsageException(
          option + " is there twice, the second time with " + value + ": write it once");
    }
    return value;
  }

  /** The next value of an option that may stand there several times. */
  String valueOfMany(String option, String what) throws UsageException {
    String value = left.poll();
    if (value == null || value.isEmpty()) {
      throw new UsageException(option + " needs " + what);
    }
    return value;
  }
}
