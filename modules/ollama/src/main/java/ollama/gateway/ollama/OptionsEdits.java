package ollama.gateway.ollama;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Has a body say what the policy of its key has it say. */
public final class OptionsEdits {
  private static final String OPTIONS = "options";
  private static final String TOKENS = "max_tokens";
  private static final String LATER_TOKENS = "max_completion_tokens";
  private static final String FORBIDDEN_WHY =
      "This API key may not have models loaded anew: leave ";

  private final OptionsPolicy policy;
  private final OptionForm form;
  private final Members root;
  private final List<Edit> edits = new ArrayList<>();

  private OptionsEdits(OptionsPolicy policy, OptionForm form, Members root) {
    this.policy = policy;
    this.form = form;
    this.root = root;
  }

  /**
   * The changes of a whole body, none of which is in the place of another.
   *
   * @param body the bytes
   * @param length how many of them there are
   * @throws OptionsRefusedException if it asks for what it may not, or can be read in two ways
   */
  public static List<Edit> of(OptionsPolicy policy, Route route, byte[] body, int length)
      throws OptionsRefusedException {
    if (!policy.concerns(route)) {
      return List.of();
    }
    OptionForm form = OptionForm.of(route);
    JsonReader reader = new JsonReader(body, 0, length, false);
    if (reader.next() != JsonReader.Token.BEGIN_OBJECT) {
      throw Members.unreadable();
    }
    Members root = Members.read(reader, body, shape(policy, form), "");
    return new OptionsEdits(policy, form, root).edits();
  }

  /** How the outermost members are called that the policy is about, in lower case. */
  static List<String> names(OptionsPolicy policy, Route route) {
    return shape(policy, OptionForm.of(route)).names();
  }

  /** The members that the policy is about. */
  private static Members.Shape shape(OptionsPolicy policy, OptionForm form) {
    List<String> names = new ArrayList<>();
    List<String> inOptions = new ArrayList<>();
    for (ModelOption option : ModelOption.values()) {
      if (policy.isAbout(option)) {
        form.member(option).ifPresent(names::add);
        if (form.isInOptions(option)) {
          inOptions.add(option.label());
        }
      }
    }
    if (!inOptions.isEmpty()) {
      names.add(OPTIONS);
      Members.Shape options = new Members.Shape(inOptions, Map.of(), true);
      return new Members.Shape(names, Map.of(OPTIONS, options), false);
    }
    if (names.contains(TOKENS) && form != OptionForm.MESSAGE) {
      names.add(LATER_TOKENS);
    }
    Map<String, Members.Shape> objects = ThinkingEdits.objects(form, policy);
    objects.keySet().stream().filter(name -> !names.contains(name)).forEach(names::add);
    return new Members.Shape(names, objects, false);
  }

  private List<Edit> edits() throws OptionsRefusedException {
    if (form.isNative()) {
      natively();
    } else {
      for (OptionRule rule : policy.rules()) {
        Optional<String> name = form.member(rule.option());
        if (name.isPresent()) {
          compatibly(rule, name.get());
        }
      }
    }
    root.finish(edits);
    return List.copyOf(edits);
  }

  private void natively() throws OptionsRefusedException {
    Member said = root.member(OPTIONS);
    if (!said.isUnsaid() && !said.isObject()) {
      throw wrong(root, OPTIONS, said, "an object");
    }
    Members options = root.object(OPTIONS);
    for (ModelOption option : ModelOption.values()) {
      boolean isInOptions = form.isInOptions(option);
      boolean isCarried = isInOptions || form.member(option).isPresent();
      if (isCarried && policy.forbids(option)) {
        checkUnsaid(isInOptions ? options : root, option.label());
      }
    }
    for (OptionRule rule : policy.rules()) {
      if (form.isInOptions(rule.option())) {
        apply(rule, options, rule.option().label());
      } else if (form.member(rule.option()).isPresent()) {
        apply(rule, root, rule.option().label());
      }
    }
    root.finish(OPTIONS, edits);
  }

  private static void checkUnsaid(Members in, String name) throws OptionsRefusedException {
    if (!in.member(name).isUnsaid()) {
      throw new OptionsRefusedException(403, FORBIDDEN_WHY + in.where(name) + " out");
    }
  }

  private void compatibly(OptionRule rule, String name) throws OptionsRefusedException {
    switch (rule.option()) {
      case THINK -> new ThinkingEdits(root, rule, edits).apply(form);
      case NUM_PREDICT -> tokens(rule, name);
      default -> apply(rule, root, name);
    }
  }

  private void apply(OptionRule rule, Members in, String name) throws OptionsRefusedException {
    Member said = in.member(name);
    Optional<OptionValue> sent =
        rule.pin().isPresent() || said.isUnsaid()
            ? rule.unsaid()
            : rule.instead(value(rule, in, name));
    if (sent.isPresent()) {
      in.put(name, sent.get().json(), edits);
    }
  }

  /**
   * A bound of the answer's tokens. Of its two names Ollama knows one, so that what is said under
   * the other is said under that one too.
   */
  private void tokens(OptionRule rule, String name) throws OptionsRefusedException {
    Member later = root.member(LATER_TOKENS);
    if (later.isUnsaid()) {
      apply(rule, root, name);
      return;
    }
    OptionValue said = rule.pin().isPresent() ? rule.pin().get() : value(rule, root, LATER_TOKENS);
    Optional<OptionValue> instead = rule.instead(said);
    if (instead.isPresent()) {
      root.put(LATER_TOKENS, instead.get().json(), edits);
    }
    if (root.member(name).isUnsaid()) {
      long tokens = Math.clamp((long) said.size(), Integer.MIN_VALUE, Integer.MAX_VALUE);
      root.put(name, instead.map(OptionValue::json).orElse(String.valueOf(tokens)), edits);
    } else {
      apply(rule, root, name);
    }
  }

  private static OptionValue value(OptionRule rule, Members in, String name)
      throws OptionsRefusedException {
    Member said = in.member(name);
    ModelOption.Kind kind = rule.option().kind();
    Optional<OptionValue> value = OptionValue.of(kind, said);
    if (value.isEmpty()) {
      throw wrong(in, name, said, kind.expected());
    }
    return value.get();
  }

  /** Something stands where the policy has a say that is nothing of that kind. */
  static OptionsRefusedException wrong(Members in, String name, Member said, String expected) {
    String message = "The options of this API key have a say in " + in.where(name);
    return new OptionsRefusedException(
        400, message + ": expected " + expected + ", found " + said.kind());
  }
}
