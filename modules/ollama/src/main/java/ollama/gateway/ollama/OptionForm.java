package ollama.gateway.ollama;

import java.util.Map;
import java.util.Optional;

/** How the bodies of a route say options. */
enum OptionForm {
  /** Of Ollama's own routes that answer. */
  NATIVE(Map.of()),
  /** Of Ollama's own routes that embed. */
  NATIVE_EMBEDDING(Map.of()),
  /** {@code /v1/chat/completions}. */
  CHAT(
      Map.of(
          ModelOption.NUM_PREDICT, "max_tokens",
          ModelOption.TEMPERATURE, "temperature",
          ModelOption.TOP_P, "top_p",
          ModelOption.SEED, "seed",
          ModelOption.THINK, "reasoning_effort")),
  /** {@code /v1/completions}. */
  COMPLETION(
      Map.of(
          ModelOption.NUM_PREDICT, "max_tokens",
          ModelOption.TEMPERATURE, "temperature",
          ModelOption.TOP_P, "top_p",
          ModelOption.SEED, "seed")),
  /** {@code /v1/responses}. */
  RESPONSE(
      Map.of(
          ModelOption.NUM_PREDICT, "max_output_tokens",
          ModelOption.TEMPERATURE, "temperature",
          ModelOption.TOP_P, "top_p",
          ModelOption.THINK, "reasoning")),
  /** {@code /v1/messages}. */
  MESSAGE(
      Map.of(
          ModelOption.NUM_PREDICT, "max_tokens",
          ModelOption.TEMPERATURE, "temperature",
          ModelOption.TOP_P, "top_p",
          ModelOption.TOP_K, "top_k",
          ModelOption.THINK, "thinking")),
  /** Of routes that say none. */
  NONE(Map.of());

  @SuppressWarnings("ImmutableEnumChecker") // Map.of is immutable, its type doesn't say so
  private final Map<ModelOption, String> names;

  OptionForm(Map<ModelOption, String> names) {
    this.names = names;
  }

  static OptionForm of(Route route) {
    return switch (route) {
      case GENERATE, CHAT -> NATIVE;
      case EMBED, EMBEDDINGS -> NATIVE_EMBEDDING;
      case V1_CHAT -> CHAT;
      case V1_COMPLETIONS -> COMPLETION;
      case V1_RESPONSES -> RESPONSE;
      case V1_MESSAGES -> MESSAGE;
      default -> NONE;
    };
  }

  boolean isNative() {
    return this == NATIVE || this == NATIVE_EMBEDDING;
  }

  /** Whether a body can say an option. */
  boolean carries(ModelOption option) {
    return member(option).isPresent() || isInOptions(option);
  }

  /** Whether an option stands in the member that is called so. */
  boolean isInOptions(ModelOption option) {
    return switch (option) {
      case SHIFT, KEEP_ALIVE, THINK -> false;
      default -> this == NATIVE || (this == NATIVE_EMBEDDING && option.isOfLoading());
    };
  }

  /** The outermost member that an option stands in. */
  Optional<String> member(ModelOption option) {
    if (!isNative()) {
      return Optional.ofNullable(names.get(option));
    }
    return switch (option) {
      case KEEP_ALIVE -> Optional.of(option.label());
      case SHIFT, THINK -> this == NATIVE ? Optional.of(option.label()) : Optional.empty();
      default -> Optional.empty();
    };
  }
}
