package ollama.gateway.ollama;

import java.util.Optional;
import java.util.Set;

/**
 * A value of an option.
 *
 * @param json as it is written into bodies
 * @param size what it is compared by: the number itself, or a duration's seconds, without end for
 *     ever; of what has no order NaN
 */
public record OptionValue(String json, double size) {

  private static final int TEXT_LENGTH_MAX = 100;
  private static final Set<String> LEVELS = Set.of("low", "medium", "high");

  /**
   * A number.
   *
   * @param json as JSON writes it
   */
  public static OptionValue ofNumber(String json) {
    return new OptionValue(json, Double.parseDouble(json));
  }

  /** True or false. */
  public static OptionValue ofFlag(boolean flag) {
    return new OptionValue(String.valueOf(flag), Double.NaN);
  }

  /**
   * How much a model thinks.
   *
   * @throws IllegalArgumentException if there is no such level
   */
  public static OptionValue ofLevel(String level) {
    if (!LEVELS.contains(level)) {
      throw new IllegalArgumentException("expected " + ModelOption.Kind.THINKING.expected());
    }
    return new OptionValue(Json.quote(level), Double.NaN);
  }

  /**
   * Seconds; below 0 for ever.
   *
   * @param json as JSON writes them
   */
  public static OptionValue ofSeconds(String json) {
    double seconds = Double.parseDouble(json);
    return new OptionValue(json, seconds < 0 ? Double.POSITIVE_INFINITY : seconds);
  }

  /**
   * A duration as Go writes it; below 0 for ever.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static OptionValue ofDuration(String text) {
    double seconds = text.length() > TEXT_LENGTH_MAX ? Double.NaN : Durations.seconds(text);
    if (Double.isNaN(seconds)) {
      throw new IllegalArgumentException("expected " + ModelOption.Kind.DURATION.expected());
    }
    double size = seconds < 0 ? Double.POSITIVE_INFINITY : seconds;
    return new OptionValue(Json.quote(text), size);
  }

  /** What a body says, if that is a value of such an option. */
  static Optional<OptionValue> of(ModelOption.Kind kind, Member said) {
    try {
      return switch (kind) {
        case WHOLE, FRACTION ->
            said.isNumber() ? Optional.of(ofNumber(said.raw())) : Optional.empty();
        case FLAG -> said.isFlag() ? Optional.of(flag(said)) : Optional.empty();
        case THINKING -> said.isFlag() ? Optional.of(flag(said)) : level(said);
        case DURATION ->
            said.isNumber()
                ? Optional.of(ofSeconds(said.raw()))
                : said.isText() ? Optional.of(ofDuration(said.text())) : Optional.empty();
      };
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static OptionValue flag(Member said) {
    return ofFlag(said.token() == JsonReader.Token.TRUE);
  }

  /** Which levels there are is for the server to say: later ones know more. */
  private static Optional<OptionValue> level(Member said) {
    return said.isText() ? Optional.of(new OptionValue(said.raw(), Double.NaN)) : Optional.empty();
  }
}
