package ollama.gateway.ollama;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The options of keys in short, for tests. */
final class Policies {

  private Policies() {}

  /**
   * Options: {@code a=1} pins, {@code a<1} and {@code a>1} bound, {@code a?1} is said where the
   * client says nothing, and {@code !} forbids to load models anew. A backtick stands for a quote.
   */
  static OptionsPolicy of(String text) {
    List<OptionRule> rules = new ArrayList<>();
    for (ModelOption option : ModelOption.values()) {
      List<Optional<OptionValue>> values = new ArrayList<>();
      for (String sign : List.of("=", ">", "<", "?")) {
        Optional<OptionValue> value = Optional.empty();
        for (String word : text.split(" ", -1)) {
          if (word.startsWith(option.label() + sign)) {
            value = Optional.of(value(option, word.substring(option.label().length() + 1)));
          }
        }
        values.add(value);
      }
      if (values.stream().anyMatch(Optional::isPresent)) {
        rules.add(
            new OptionRule(option, values.get(0), values.get(1), values.get(2), values.get(3)));
      }
    }
    return new OptionsPolicy(rules, !text.contains("!"));
  }

  private static OptionValue value(ModelOption option, String json) {
    String text = json.replace("`", "");
    return switch (option.kind()) {
      case WHOLE, FRACTION -> OptionValue.ofNumber(json);
      case FLAG -> OptionValue.ofFlag(Boolean.parseBoolean(json));
      case THINKING ->
          json.startsWith("`")
              ? OptionValue.ofLevel(text)
              : OptionValue.ofFlag(Boolean.parseBoolean(json));
      case DURATION ->
          json.startsWith("`") ? OptionValue.ofDuration(text) : OptionValue.ofSeconds(json);
    };
  }
}
