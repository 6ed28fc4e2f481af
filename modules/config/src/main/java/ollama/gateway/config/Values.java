package ollama.gateway.config;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Turns values of the file into what the settings need, and collects what is wrong with them. What
 * is wrong gives an empty result, so that reading goes on to the next problem.
 */
final class Values {
  private static final int LONG_DIGITS = 18;

  /** About what a setting made of a text takes, such as a key. */
  private static final int TEXT_BYTES = 256;

  private final Problems problems;
  private final Environment environment;
  private final HeapRoom room;

  Values(Problems problems, Environment environment, HeapRoom room) {
    this.problems = problems;
    this.environment = environment;
    this.room = room;
  }

  Problems problems() {
    return problems;
  }

  /** A text, its variables expanded, as {@code parse} reads it or refuses it. */
  <T> Optional<T> text(String path, Json json, Function<String, T> parse) {
    if (!(json instanceof Json.Text text)) {
      notText(path, json);
      return Optional.empty();
    }
    if (!Environment.hasVariables(text.value())) {
      return parsed(path, json, text.value(), parse);
    }
    boolean[] failed = new boolean[1];
    String expanded =
        environment.expand(
            text.value(),
            message -> {
              failed[0] = true;
              problems.error(path, json.start(), message);
            });
    return failed[0] ? Optional.empty() : parsed(path, json, expanded, parse);
  }

  private <T> Optional<T> parsed(
      String path, Json json, String expanded, Function<String, T> parse) {
    room.take(TEXT_BYTES + expanded.length());
    try {
      return Optional.of(parse.apply(expanded));
    } catch (IllegalArgumentException e) {
      problems.error(path, json.start(), String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** Says that something else stands where a text is expected. */
  void notText(String path, Json json) {
    problems.error(path, json.start(), "expected a text in double quotes, found " + json.kind());
  }

  /** A whole number within bounds. */
  Optional<Long> whole(String path, Json json, Bounds bounds) {
    String mistake;
    if (json instanceof Json.Num(_, _, String digits) && isWhole(digits)) {
      long number = digits.length() > LONG_DIGITS ? Long.MAX_VALUE : Long.parseLong(digits);
      if (bounds.contains(number)) {
        return Optional.of(number);
      }
      mistake = digits + (number == 0 ? ", which can't mean \"no limit\" here" : "");
    } else {
      mistake = notWhole(json);
    }
    problems.error(path, json.start(), "expected " + bounds.text() + ", found " + mistake);
    return Optional.empty();
  }

  /** Digits, maybe with a minus. */
  private static boolean isWhole(String text) {
    int first = text.startsWith("-") ? 1 : 0;
    for (int i = first; i < text.length(); i++) {
      if (!JsonParsing.isDigit(text.charAt(i))) {
        return false;
      }
    }
    return text.length() > first;
  }

  private static String notWhole(Json json) {
    return switch (json) {
      case Json.Text(_, _, String value) when isWhole(value) && value.length() < 20 ->
          "a text: write " + value + " without quotes";
      case Json.Text(_, _, String value) when Environment.hasVariables(value) ->
          "a text: ${NAME} works only where a text is expected";
      case Json.Num(_, _, String digits) ->
          digits + ": write it without a fraction and without an exponent";
      default -> json.kind();
    };
  }

  /** A number above 0 and at most {@code max}, maybe with a fraction. */
  Optional<Double> number(String path, Json json, int max) {
    String mistake = json.kind();
    if (json instanceof Json.Num(_, _, String digits)) {
      double number = Double.parseDouble(digits);
      if (number > 0 && number <= max) {
        return Optional.of(number);
      }
      mistake = digits;
    } else if (json instanceof Json.Text(_, _, String value) && isWhole(value)) {
      mistake += ": write it without quotes";
    }
    String expected = "expected a number above 0 and at most " + max;
    problems.error(path, json.start(), expected + ", found " + mistake);
    return Optional.empty();
  }

  /** {@code true} or {@code false}. */
  Optional<Boolean> flag(String path, Json json) {
    if (json instanceof Json.Flag(_, _, boolean value)) {
      return Optional.of(value);
    }
    boolean quoted =
        json instanceof Json.Text(_, _, String value) && value.matches("(?i)true|false");
    String hint = quoted ? ": write it without quotes" : "";
    problems.error(path, json.start(), "expected true or false, found " + json.kind() + hint);
    return Optional.empty();
  }

  /** A list; {@code null} is an empty one. */
  Optional<List<Json>> list(String path, Json json) {
    if (json instanceof Json.Arr(_, _, List<Json> items)) {
      return Optional.of(items);
    }
    if (json instanceof Json.Null) {
      return Optional.of(List.of());
    }
    String hint = json instanceof Json.Text ? ": put [ ] around it" : "";
    problems.error(path, json.start(), "expected a list, found " + json.kind() + hint);
    return Optional.empty();
  }
}
