package ollama.gateway.ollama;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a request may ask of a model, under the name that Ollama has for it. */
public enum ModelOption {
  /** How many tokens the context has. */
  NUM_CTX(Kind.WHOLE, true),
  /** How many tokens of a prompt are read at a time. */
  NUM_BATCH(Kind.WHOLE, true),
  /** How many layers go to the GPU. */
  NUM_GPU(Kind.WHOLE, true),
  /** Which GPU has what can't be shared. */
  MAIN_GPU(Kind.WHOLE, true),
  /** Whether the model is mapped into memory. */
  USE_MMAP(Kind.FLAG, true),
  /** How many threads compute. */
  NUM_THREAD(Kind.WHOLE, true),
  /** Whether a context that is full goes on with its later half. */
  SHIFT(Kind.FLAG, true),
  /** Whether memory of several processors is heeded; of earlier versions. */
  NUMA(Kind.FLAG, true),
  /** Whether little memory of the GPU is used; of earlier versions. */
  LOW_VRAM(Kind.FLAG, true),
  /** Whether the cache has 16 bits for a number; of earlier versions. */
  F16_KV(Kind.FLAG, true),
  /** Whether all tokens' numbers are computed; of earlier versions. */
  LOGITS_ALL(Kind.FLAG, true),
  /** Whether nothing but the vocabulary is loaded; of earlier versions. */
  VOCAB_ONLY(Kind.FLAG, true),
  /** Whether the model is kept from being swapped out; of earlier versions. */
  USE_MLOCK(Kind.FLAG, true),
  /** How many tokens an answer may have; below 1 without a bound. */
  NUM_PREDICT(Kind.WHOLE, false),
  /** How long the model stays loaded. */
  KEEP_ALIVE(Kind.DURATION, false),
  /** Whether it thinks, or how much. */
  THINK(Kind.THINKING, false),
  /** How much chance there is in an answer. */
  TEMPERATURE(Kind.FRACTION, false),
  /** Among how many tokens one is chosen. */
  TOP_K(Kind.WHOLE, false),
  /** Among how likely ones. */
  TOP_P(Kind.FRACTION, false),
  /** Where chance begins. */
  SEED(Kind.WHOLE, false),
  /** How much repeating costs. */
  REPEAT_PENALTY(Kind.FRACTION, false);

  /** What its values are. */
  public enum Kind {
    /** Whole numbers. */
    WHOLE("a whole number"),
    /** Numbers. */
    FRACTION("a number"),
    /** True or false. */
    FLAG("true or false"),
    /** Seconds, or a text such as {@code 5m}; below 0 for ever. */
    DURATION("seconds, or a duration such as \"5m\""),
    /** True, false, or a level. */
    THINKING("true, false, \"low\", \"medium\" or \"high\"");

    private final String expected;

    Kind(String expected) {
      this.expected = expected;
    }

    /** The same in words. */
    public String expected() {
      return expected;
    }

    /** Whether one of two values is the larger one. */
    public boolean isOrdered() {
      return this != FLAG && this != THINKING;
    }
  }

  private final Kind kind;
  private final boolean ofLoading;
  private final String label = name().toLowerCase(Locale.ROOT);

  ModelOption(Kind kind, boolean ofLoading) {
    this.kind = kind;
    this.ofLoading = ofLoading;
  }

  /** As it is written. */
  public String label() {
    return label;
  }

  /** What its values are. */
  public Kind kind() {
    return kind;
  }

  /** Whether a model that was loaded with another value is loaded anew. */
  public boolean isOfLoading() {
    return ofLoading;
  }

  /** How all of them are written. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(ModelOption::label).toList();
  }

  /** The one that is written so; empty if there is none. */
  public static Optional<ModelOption> of(String label) {
    return Arrays.stream(values()).filter(option -> option.label.equals(label)).findFirst();
  }
}
