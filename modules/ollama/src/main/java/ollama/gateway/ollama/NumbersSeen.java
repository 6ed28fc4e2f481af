package ollama.gateway.ollama;

/** The numbers that have been read of an answer. */
final class NumbersSeen {
  private long total;
  private long load;
  private long prefill;
  private long decode;
  private long promptTokens;
  private long completionTokens;
  private long cachedTokens;
  private String doneReason = "";

  NumbersSeen() {
    clear();
  }

  void clear() {
    total = FinalNumbers.ABSENT;
    load = FinalNumbers.ABSENT;
    prefill = FinalNumbers.ABSENT;
    decode = FinalNumbers.ABSENT;
    promptTokens = FinalNumbers.ABSENT;
    completionTokens = FinalNumbers.ABSENT;
    cachedTokens = FinalNumbers.ABSENT;
    doneReason = "";
  }

  /**
   * Reads the members of a native answer.
   *
   * @return whether the object ends, and nothing follows it
   */
  boolean members(JsonReader reader) {
    while (reader.next() == JsonReader.Token.NAME) {
      if (reader.is("done_reason")) {
        doneReason = reader.next() == JsonReader.Token.STRING ? reader.text() : "";
        reader.skipValue();
      } else if (reader.is("total_duration")) {
        total = number(reader);
      } else if (reader.is("load_duration")) {
        load = number(reader);
      } else if (reader.is("prompt_eval_duration")) {
        prefill = number(reader);
      } else if (reader.is("eval_duration")) {
        decode = number(reader);
      } else if (reader.is("prompt_eval_count")) {
        promptTokens = number(reader);
      } else if (reader.is("eval_count")) {
        completionTokens = number(reader);
      } else if (reader.is("prompt_eval_cached_count")) {
        cachedTokens = number(reader);
      } else {
        reader.skipValue();
      }
    }
    return reader.token() == JsonReader.Token.END_OBJECT && reader.next() == JsonReader.Token.END;
  }

  /**
   * Reads the members of a usage.
   *
   * @return whether it ends, and says anything
   */
  boolean usage(JsonReader reader) {
    while (reader.next() == JsonReader.Token.NAME) {
      if (reader.is("prompt_tokens") || reader.is("input_tokens")) {
        promptTokens = number(reader);
      } else if (reader.is("completion_tokens") || reader.is("output_tokens")) {
        completionTokens = number(reader);
      } else if (reader.is("cache_read_input_tokens")) {
        cachedTokens = number(reader);
      } else if (reader.is("prompt_tokens_details") || reader.is("input_tokens_details")) {
        details(reader);
      } else {
        reader.skipValue();
      }
    }
    // While a stream of completions goes on, each event has a usage of zeros.
    return reader.token() == JsonReader.Token.END_OBJECT
        && (promptTokens > 0 || completionTokens > 0);
  }

  FinalNumbers numbers() {
    return new FinalNumbers(
        total,
        load,
        new FinalNumbers.Phase(promptTokens, prefill),
        new FinalNumbers.Phase(completionTokens, decode),
        cachedTokens,
        doneReason);
  }

  private void details(JsonReader reader) {
    if (reader.next() != JsonReader.Token.BEGIN_OBJECT) {
      reader.skipValue();
      return;
    }
    while (reader.next() == JsonReader.Token.NAME) {
      if (reader.is("cached_tokens")) {
        cachedTokens = number(reader);
      } else {
        reader.skipValue();
      }
    }
  }

  private static long number(JsonReader reader) {
    if (reader.next() == JsonReader.Token.NUMBER) {
      return Math.max(reader.integer(), FinalNumbers.ABSENT);
    }
    reader.skipValue();
    return FinalNumbers.ABSENT;
  }
}
