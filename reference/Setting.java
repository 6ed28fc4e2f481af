import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the {@code @param} of a record's component says. Among its words these have a meaning:
 * {@code ; required}, {@code ; required without `x`}, {@code 1 to 60}, {@code 0 (no limit) to 60},
 * {@code 1 to 60 or 0 while `x` is false}, {@code above 0 to 60} of a fraction, {@code default 30},
 * {@code ; by default what is said}, {@code such as `x`}, {@code starts with `x`}, {@code of the
 * names `x`, `y` and `z`}, {@code ; or a list of} what may stand alone, and {@code a reload can't
 * change it}.
 *
 * @param name how it is spelled in the file
 * @param type the component's type in Java
 * @param text what it does, as Markdown, without what the other components say
 * @param range the whole numbers that it takes
 * @param fallback its default as JSON; empty if there is none
 * @param example a value as JSON, or the content of a text
 * @param prefix what a text starts with
 * @param pattern what a text looks like, a regular expression for all of it
 */
record Setting(
    String name,
    String type,
    String text,
    boolean required,
    Optional<Range> range,
    Optional<String> fallback,
    Optional<String> example,
    Optional<String> prefix,
    Optional<String> pattern) {

  private static final Pattern RANGE =
      Pattern.compile("[,;] (\\d+)(?: \\(([^)]+)\\))? to (\\d+)(?: or 0 while `(\\w+)` is false)?");
  private static final Pattern ABOVE_ZERO = Pattern.compile("[,;] above 0 to (\\d+)");
  private static final Pattern SAID_DEFAULT = Pattern.compile("; by default ([^;,]+)");
  private static final Pattern DEFAULT = Pattern.compile("[,;] default (`[^`]+`|\\w+)");
  private static final Pattern REQUIRED = Pattern.compile("; required(?! without)");
  private static final Pattern ALTERNATIVE = Pattern.compile("; required without `(\\w+)`");
  private static final Pattern EXAMPLE = Pattern.compile("such as `([^`]+)`");
  private static final Pattern NAMES = Pattern.compile("of the names ((?:`\\w+`(?:, | and |))+)");
  private static final Pattern PREFIX = Pattern.compile("[Ss]tarts with `([^`]+)`");

  /**
   * Whole numbers, both ends included.
   *
   * @param zero what 0 means; empty if nothing else than the number
   * @param zeroUnless the flag that must be false for a 0 below {@code min}; empty if there is none
   */
  record Range(long min, long max, String zero, String zeroUnless) {

    /** Numbers above 0, maybe with a fraction. */
    private static Range aboveZero(MatchResult found) {
      return new Range(0, Long.parseLong(found.group(1)), "", "");
    }

    private static Range of(MatchResult found) {
      return new Range(
          Long.parseLong(found.group(1)),
          Long.parseLong(found.group(3)),
          Optional.ofNullable(found.group(2)).orElse(""),
          Optional.ofNullable(found.group(4)).orElse(""));
    }
  }

  /** Reads a {@code @param}. */
  static Setting of(String name, String type, String documentation, Optional<String> pattern) {
    boolean whole = type.equals("int") || type.equals("long");
    boolean fraction = type.equals("double");
    Optional<Range> range = Optional.empty();
    if (whole) {
      range = find(RANGE, documentation).map(Range::of);
    } else if (fraction) {
      range = find(ABOVE_ZERO, documentation).map(Range::aboveZero);
    }
    Optional<String> fallback = find(DEFAULT, documentation).map(found -> found.group(1));
    String text = documentation;
    if (!type.endsWith("Config")) {
      text = REQUIRED.matcher(text).replaceAll("");
      text = whole ? RANGE.matcher(text).replaceFirst("") : text;
      text = fraction ? ABOVE_ZERO.matcher(text).replaceFirst("") : text;
      text = DEFAULT.matcher(text).replaceFirst("");
    }
    Setting setting =
        new Setting(
            name,
            type,
            sentence(text),
            find(REQUIRED, documentation).isPresent(),
            range,
            fallback.map(value -> json(type, value)),
            find(EXAMPLE, documentation).map(found -> found.group(1)),
            prefixOf(documentation),
            pattern);
    setting.check();
    return setting;
  }

  /** Documentation that doesn't say enough mustn't become a reference with holes. */
  private void check() {
    if (type.endsWith("Config")) {
      return;
    }
    boolean isOptional = !required && alternative().isEmpty();
    if (isOptional && fallback.isEmpty() && find(SAID_DEFAULT, text).isEmpty()) {
      throw new IllegalStateException(name + ": the documentation names no default");
    }
    if (isNumber() && range.isEmpty()) {
      throw new IllegalStateException(name + ": the documentation names no bounds");
    }
    fallback.ifPresent(value -> check("default", value, holds(value)));
    example.ifPresent(value -> check("example (such as)", value, takes(value)));
  }

  private void check(String what, String value, boolean fits) {
    if (!fits) {
      throw new IllegalStateException(
          name + ": no " + type + " can hold the documented " + what + " " + value);
    }
  }

  /** Whether a default, as JSON, is of the type and within the bounds. */
  private boolean holds(String json) {
    return switch (type) {
      case "boolean" -> json.equals("true") || json.equals("false");
      case "int", "long" -> json.matches("-?\\d{1,18}") && isWithinBounds(Long.parseLong(json));
      case "double" -> json.matches("\\d{1,9}(\\.\\d{1,9})?");
      default -> json.startsWith(opening());
    };
  }

  private String opening() {
    if (Names.isMap(type)) {
      return "{";
    }
    return isText() ? "\"" : "[";
  }

  /** Whether one item of a list may stand there without one. */
  boolean isOneOrMore() {
    return !Names.item(type).isEmpty() && text.contains("; or a list of");
  }

  /** The setting without which this one is required. */
  Optional<String> alternative() {
    return find(ALTERNATIVE, text).map(found -> found.group(1));
  }

  private boolean isText() {
    return Names.item(type).isEmpty() || isOneOrMore();
  }

  /** Whether an example, which becomes a text in the schema, is of the type: whole ones aren't. */
  private boolean takes(String text) {
    return !type.equals("boolean") && !isNumber() && !text.isEmpty();
  }

  private boolean isWithinBounds(long number) {
    return number == 0 && !range.orElseThrow().zeroUnless().isEmpty()
        || number >= range.orElseThrow().min() && number <= range.orElseThrow().max();
  }

  /** What a text starts with, if its documentation says so. */
  static Optional<String> prefixOf(String documentation) {
    return find(PREFIX, documentation).map(found -> found.group(1));
  }

  /** The names of an object's members, if its documentation says them. */
  List<String> names() {
    String names = find(NAMES, text).map(found -> found.group(1)).orElse("");
    return Pattern.compile("\\w+(?=`)").matcher(names).results().map(MatchResult::group).toList();
  }

  /** Whether its documentation says that it waits for a restart. */
  boolean needsRestart() {
    return text.contains("a reload can't change it");
  }

  /** An example as it stands in the file: a text, a list of one, or an object of one. */
  Object valueOf(String example) {
    if (Names.isMap(type)) {
      int colon = example.indexOf(": ");
      String value = example.substring(colon + 2);
      boolean inList = Names.isMapOfLists(type);
      return Map.of(example.substring(0, colon), inList ? List.of(value) : value);
    }
    return isText() ? example : List.of(example);
  }

  /** What holds where there is nothing, in words, where that is no constant. */
  Optional<String> saidDefault() {
    return find(SAID_DEFAULT, text).map(found -> found.group(1));
  }

  private boolean isNumber() {
    return type.equals("int") || type.equals("long") || type.equals("double");
  }

  /** What the number counts: every name ends with it, or says it itself. */
  String unit() {
    if (name.endsWith("Seconds")) {
      return "seconds";
    }
    if (name.endsWith("Millis") || name.endsWith("Milliseconds")) {
      return "milliseconds";
    }
    return name.endsWith("Bytes") ? "bytes" : "";
  }

  private static String json(String type, String documented) {
    if (documented.equals("none")) {
      return Names.isMap(type) ? "{}" : "[]";
    }
    return documented.startsWith("`")
        ? JsonText.of(documented.substring(1, documented.length() - 1))
        : documented;
  }

  private static String sentence(String text) {
    String end = text.endsWith(".") ? "" : ".";
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1) + end;
  }

  private static Optional<MatchResult> find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher.toMatchResult()) : Optional.empty();
  }
}
