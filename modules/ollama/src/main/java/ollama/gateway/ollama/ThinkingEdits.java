package ollama.gateway.ollama;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Has a body of OpenAI's or Anthropic's kind say how much a model thinks. */
final class ThinkingEdits {
  private static final String EFFORT = "effort";
  private static final String REASONING = "reasoning";
  private static final String REASONING_EFFORT = "reasoning_effort";
  private static final String THINKING = "thinking";
  private static final String OUTPUT = "output_config";

  private final Members root;
  private final OptionRule rule;
  private final List<Edit> edits;

  ThinkingEdits(Members root, OptionRule rule, List<Edit> edits) {
    this.root = root;
    this.rule = rule;
    this.edits = edits;
  }

  /** The objects in which a body says it. */
  static Map<String, Members.Shape> objects(OptionForm form, OptionsPolicy policy) {
    Members.Shape effort = new Members.Shape(List.of(EFFORT), Map.of(), false);
    if (!policy.isAbout(ModelOption.THINK)) {
      return Map.of();
    }
    return switch (form) {
      case CHAT, RESPONSE -> Map.of(REASONING, effort);
      case MESSAGE -> Map.of(OUTPUT, effort);
      default -> Map.of();
    };
  }

  void apply(OptionForm form) throws OptionsRefusedException {
    Optional<OptionValue> sent = rule.unsaid();
    if (sent.isEmpty()) {
      return;
    }
    switch (form) {
      case CHAT -> chat(effort(sent.get()));
      case RESPONSE -> reasoning(effort(sent.get()));
      default -> message(sent.get());
    }
  }

  /** Where {@code reasoning} is there, {@code reasoning_effort} doesn't count. */
  private void chat(String effort) throws OptionsRefusedException {
    boolean isThere = !root.member(REASONING).isUnsaid();
    if (isThere) {
      reasoning(effort);
    }
    if (rule.pin().isPresent() || (!isThere && isUnsaid(root, REASONING_EFFORT))) {
      root.put(REASONING_EFFORT, effort, edits);
    }
  }

  private void reasoning(String effort) throws OptionsRefusedException {
    Member said = root.member(REASONING);
    boolean isPinned = rule.pin().isPresent();
    if (said.isUnsaid() || said.isObject()) {
      Members reasoning = root.object(REASONING);
      if (isPinned || isUnsaid(reasoning, EFFORT)) {
        reasoning.put(EFFORT, effort, edits);
      }
      root.finish(REASONING, edits);
    } else if (isPinned) {
      root.put(REASONING, "{\"" + EFFORT + "\":" + effort + "}", edits);
    } else {
      throw OptionsEdits.wrong(root, REASONING, said, "an object");
    }
  }

  /** Ollama reads {@code output_config} where {@code thinking} says nothing. */
  private void message(OptionValue sent) throws OptionsRefusedException {
    Member said = root.member(THINKING);
    boolean isPinned = rule.pin().isPresent();
    if (!isPinned && !said.isUnsaid() && !said.isObject()) {
      throw OptionsEdits.wrong(root, THINKING, said, "an object");
    }
    if (isPinned || (said.isUnsaid() && isUnsaid(root.object(OUTPUT), EFFORT))) {
      String type = sent.json().equals("false") ? "disabled" : "enabled";
      root.put(THINKING, "{\"type\":\"" + type + "\"}", edits);
    }
  }

  /** Whether a text isn't there, or says nothing. */
  private static boolean isUnsaid(Members in, String name) throws OptionsRefusedException {
    Member said = in.member(name);
    if (!said.isUnsaid() && !said.isText()) {
      throw OptionsEdits.wrong(in, name, said, "a text such as \"low\"");
    }
    return said.isUnsaid() || said.raw().equals("\"\"");
  }

  /** As OpenAI's routes say it; Ollama takes true for the level in the middle too. */
  private static String effort(OptionValue value) {
    return switch (value.json()) {
      case "false" -> "\"none\"";
      case "true" -> "\"medium\"";
      default -> value.json();
    };
  }
}
