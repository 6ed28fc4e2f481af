package ollama.gateway.ollama;

import java.util.Optional;

/**
 * What becomes of an option in the requests of a key.
 *
 * @param option which one
 * @param pin what is sent whatever the client says; nothing else counts then
 * @param min what is sent where the client says less
 * @param max what is sent where the client says more
 * @param fallback what is sent where the client says nothing
 */
public record OptionRule(
    ModelOption option,
    Optional<OptionValue> pin,
    Optional<OptionValue> min,
    Optional<OptionValue> max,
    Optional<OptionValue> fallback) {

  /** One that sends the same always. */
  public static OptionRule pinned(ModelOption option, OptionValue value) {
    return new OptionRule(
        option, Optional.of(value), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** As settings have it: what is pinned, or an object. */
  String json() {
    if (pin.isPresent()) {
      return pin.get().json();
    }
    Json object = Json.object();
    min.ifPresent(value -> object.putRaw("min", value.json()));
    max.ifPresent(value -> object.putRaw("max", value.json()));
    fallback.ifPresent(value -> object.putRaw("default", value.json()));
    return object.toString();
  }

  /** Whether the client doesn't have the last word. */
  boolean isBinding() {
    return pin.isPresent() || min.isPresent() || max.isPresent();
  }

  /** Whether a value is less than may be. */
  public boolean isBelow(OptionValue value) {
    return min.isPresent() && size(value) < size(min.get());
  }

  /** Whether a value is more than may be. */
  public boolean isAbove(OptionValue value) {
    return max.isPresent() && size(value) > size(max.get());
  }

  /**
   * What a value is compared by: an answer of fewer tokens than 1 has any number of them, fewer
   * threads than 1 are as many as there are, and so with the others.
   */
  private double size(OptionValue value) {
    boolean isBoundless =
        switch (option) {
          case NUM_PREDICT, NUM_THREAD, TOP_K -> value.size() < 1;
          case NUM_GPU -> value.size() < 0;
          default -> false;
        };
    return isBoundless ? Double.POSITIVE_INFINITY : value.size();
  }

  /**
   * What is sent instead of what the client says; empty where that stays.
   *
   * @param said what that is
   */
  Optional<OptionValue> instead(OptionValue said) {
    if (pin.isPresent()) {
      return pin;
    }
    if (isAbove(said)) {
      return max;
    }
    return isBelow(said) ? min : Optional.empty();
  }

  /** What is sent where the client says nothing; empty where nothing is. */
  Optional<OptionValue> unsaid() {
    if (pin.isPresent()) {
      return pin;
    }
    // An answer of which nothing is said may have any number of tokens, which is more than may be.
    boolean isBoundless = option == ModelOption.NUM_PREDICT && fallback.isEmpty();
    return isBoundless ? max : fallback;
  }
}
