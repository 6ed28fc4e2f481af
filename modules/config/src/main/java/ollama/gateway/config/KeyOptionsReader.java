package ollama.gateway.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import ollama.gateway.ollama.ModelOption;
import ollama.gateway.ollama.OptionRule;
import ollama.gateway.ollama.OptionValue;
import ollama.gateway.ollama.OptionsPolicy;

/** Reads {@code options} of a key: what its requests may ask of a model. */
final class KeyOptionsReader {
  static final String MIN = "min";
  static final String MAX = "max";
  static final String DEFAULT = "default";
  private static final String RELOAD = "reload";
  private static final Bounds WHOLE = Bounds.of(Integer.MIN_VALUE, Integer.MAX_VALUE);
  private static final Bounds TOKENS = Bounds.of(1, Integer.MAX_VALUE);

  private final Values values;

  KeyOptionsReader(Values values) {
    this.values = values;
  }

  /** The names that may stand there. */
  static String[] names() {
    List<String> names = new ArrayList<>(ModelOption.labels());
    names.add(RELOAD);
    return names.toArray(String[]::new);
  }

  OptionsPolicy read(Block key) {
    if (key.value(Section.KEY_OPTIONS.path()).isEmpty()) {
      return OptionsPolicy.NONE;
    }
    Block block = key.block(Section.KEY_OPTIONS);
    List<OptionRule> rules = new ArrayList<>();
    for (ModelOption option : ModelOption.values()) {
      String path = block.pathOf(option.label());
      block.value(option.label()).flatMap(json -> rule(option, path, json)).ifPresent(rules::add);
    }
    return new OptionsPolicy(rules, block.flag(RELOAD, true));
  }

  private Optional<OptionRule> rule(ModelOption option, String path, Json json) {
    if (json instanceof Json.Obj object) {
      if (object.members().isEmpty()) {
        error(path, json.start(), "expected \"min\", \"max\" or \"default\" in it, found nothing");
        return Optional.empty();
      }
      return bounded(option, Block.of(values, Section.OPTION_RULE, path, object));
    }
    return value(option, WHOLE, path, json).map(pin -> OptionRule.pinned(option, pin));
  }

  private Optional<OptionRule> bounded(ModelOption option, Block block) {
    if (!option.kind().isOrdered()) {
      for (String bound : List.of(MIN, MAX)) {
        if (block.value(bound).isPresent()) {
          int offset = block.value(bound).get().start();
          String name = option.label();
          error(
              block.pathOf(bound), offset, "no value of " + name + " is above another: remove it");
          return Optional.empty();
        }
      }
    }
    Bounds bounds = option == ModelOption.NUM_PREDICT ? TOKENS : WHOLE;
    Optional<OptionValue> min = value(option, bounds, block, MIN);
    Optional<OptionValue> max = value(option, bounds, block, MAX);
    Optional<OptionValue> fallback = value(option, WHOLE, block, DEFAULT);
    OptionRule rule = new OptionRule(option, Optional.empty(), min, max, fallback);
    if (min.isEmpty() && max.isEmpty() && fallback.isEmpty()) {
      return Optional.empty();
    }
    max.filter(rule::isBelow).ifPresent(_ -> contradicts(block, MAX, "below \"min\""));
    fallback.filter(rule::isBelow).ifPresent(_ -> contradicts(block, DEFAULT, "below \"min\""));
    fallback.filter(rule::isAbove).ifPresent(_ -> contradicts(block, DEFAULT, above(option)));
    return Optional.of(rule);
  }

  private static String above(ModelOption option) {
    String why = option == ModelOption.NUM_PREDICT ? " (below 1 there is no bound)" : "";
    return "above \"max\"" + why;
  }

  private void contradicts(Block block, String name, String how) {
    int offset = block.value(name).orElseThrow().start();
    error(block.pathOf(name), offset, "this is " + how + ": correct one of them");
  }

  private Optional<OptionValue> value(ModelOption option, Bounds bounds, Block block, String name) {
    return block.value(name).flatMap(json -> value(option, bounds, block.pathOf(name), json));
  }

  private Optional<OptionValue> value(ModelOption option, Bounds bounds, String path, Json json) {
    return switch (option.kind()) {
      case WHOLE ->
          values.whole(path, json, bounds).map(n -> OptionValue.ofNumber(String.valueOf(n)));
      case FRACTION -> number(option, path, json, OptionValue::ofNumber);
      case FLAG -> values.flag(path, json).map(OptionValue::ofFlag);
      case DURATION ->
          json instanceof Json.Text
              ? values.text(path, json, OptionValue::ofDuration)
              : number(option, path, json, OptionValue::ofSeconds);
      case THINKING ->
          json instanceof Json.Flag(_, _, boolean flag)
              ? Optional.of(OptionValue.ofFlag(flag))
              : level(option, path, json);
    };
  }

  private Optional<OptionValue> level(ModelOption option, String path, Json json) {
    return json instanceof Json.Text
        ? values.text(path, json, OptionValue::ofLevel)
        : unexpected(option, path, json);
  }

  private Optional<OptionValue> number(
      ModelOption option, String path, Json json, Function<String, OptionValue> parse) {
    return json instanceof Json.Num(_, _, String digits)
            && Double.isFinite(Double.parseDouble(digits))
        ? Optional.of(parse.apply(digits))
        : unexpected(option, path, json);
  }

  private Optional<OptionValue> unexpected(ModelOption option, String path, Json json) {
    error(path, json.start(), "expected " + option.kind().expected() + ", found " + json.kind());
    return Optional.empty();
  }

  private void error(String path, int offset, String message) {
    values.problems().error(path, offset, message);
  }
}
