package ollama.gateway.proxy;

import ollama.gateway.ollama.FinalNumbers;

/**
 * What a request costs whoever asks: what the server says at the end of its answer, else an
 * estimate. For the request's own thread.
 */
final class Meter {

  /** Of what costs no tokens. */
  static final Meter NONE = new Meter("", 0);

  private final String model;
  private final long promptTokens;
  private boolean counted;
  private boolean estimated;
  private long prompt;
  private long cached;
  private long completion;

  /**
   * Of a request that was answered by nobody yet.
   *
   * @param model that is asked
   * @param promptTokens about how many tokens there are to read
   */
  Meter(String model, long promptTokens) {
    this.model = model;
    this.promptTokens = promptTokens;
  }

  /** Whether anything is to be counted. */
  boolean isOn() {
    return this != NONE;
  }

  /** The model that is asked. */
  String model() {
    return model;
  }

  /**
   * An answer is here, whole.
   *
   * @param pieces in which it came, as far as it is a stream
   */
  void whole(FinalNumbers said, int pieces) {
    boolean isSaid = said.promptTokens() >= 0 || said.completionTokens() >= 0;
    if (!isSaid && said.totalNanos() < 0 && said.doneReason().isEmpty()) {
      cut(pieces);
      return;
    }
    // What is 0 isn't said.
    count(Math.max(0, said.promptTokens()), Math.max(0, said.completionTokens()), false);
    cached = Math.max(0, said.cachedTokens());
  }

  /** An answer won't come whole, or doesn't say what it took. */
  void cut(int pieces) {
    count(promptTokens, pieces, true);
  }

  /** The client left before any of the answer came, while a server was reading. */
  void left() {
    if (!counted) {
      count(promptTokens, 0, true);
    }
  }

  private void count(long promptCount, long completionCount, boolean isEstimated) {
    counted = true;
    estimated = isEstimated;
    prompt = promptCount;
    completion = completionCount;
  }

  /** Whether there is anything to settle. */
  boolean isCounted() {
    return counted;
  }

  /** Whether that is no more than an estimate. */
  boolean isEstimated() {
    return estimated;
  }

  /** Tokens that were read, with those that were cached. */
  long prompt() {
    return prompt;
  }

  /** Those that were cached. */
  long cached() {
    return cached;
  }

  /** Tokens that were written. */
  long completion() {
    return completion;
  }
}
