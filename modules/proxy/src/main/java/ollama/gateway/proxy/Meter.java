package ollama.gateway.proxy;

import ollama.gateway.metrics.ModelWork;
import ollama.gateway.ollama.FinalNumbers;
import ollama.gateway.usage.TokenCounts;
import ollama.gateway.usage.UsageRow;

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
  private FinalNumbers said = FinalNumbers.NONE;
  private long firstNanos = ModelWork.UNKNOWN;
  private long streamNanos = ModelWork.UNKNOWN;
  private String countedModel = "";

  /**
   * Of a request that was answered by nobody yet.
   *
   * @param model that is asked; empty if that can't be told
   * @param promptTokens about how many tokens there are to read
   */
  Meter(String model, long promptTokens) {
    this.model = model.isEmpty() ? UsageRow.OTHER : model;
    this.promptTokens = promptTokens;
  }

  /** Whether anything is to be counted. */
  boolean isOn() {
    return this != NONE;
  }

  /** The first token of a stream is here. */
  void began(long now) {
    firstNanos = now;
  }

  /**
   * An answer is here, whole.
   *
   * @param pieces in which it came, as far as it is a stream
   * @param now the time
   */
  void whole(FinalNumbers said, int pieces, long now) {
    this.said = said;
    streamNanos = firstNanos == ModelWork.UNKNOWN ? ModelWork.UNKNOWN : now - firstNanos;
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

  private void count(long promptCount, long completionCount, boolean isEstimated) {
    counted = true;
    estimated = isEstimated;
    prompt = promptCount;
    completion = completionCount;
  }

  /**
   * The request is over.
   *
   * @param keyId whose it was
   * @param left whether the client was gone before that: while a server was working on an answer
   *     that was to come whole, which costs what was reserved for it
   */
  void settle(Call call, String keyId, boolean left) {
    boolean isAnswered = counted;
    if (!counted && left && isOn() && call.attempts() > 0) {
      count(promptTokens, Accounting.ANSWER_TOKENS, true);
    }
    if (counted) {
      String served = call.servedModel();
      String known = served.isEmpty() ? model : Aliases.canonical(served);
      // Clients can make up any number of names.
      boolean isThere =
          isAnswered
              || call.settings().balancer().servers().stream()
                  .anyMatch(server -> server.inventory().has(known));
      String name = isThere ? known : UsageRow.OTHER;
      countedModel = name;
      TokenCounts counts = new TokenCounts(prompt, Math.min(cached, prompt), completion);
      call.settings().ledger().record(keyId, name, counts, estimated);
    }
  }

  /** How many tokens were counted. */
  long tokens() {
    return counted ? prompt + completion : 0;
  }

  /** Which model is asked; empty if that can't be told. */
  String askedModel() {
    return model.equals(UsageRow.OTHER) ? "" : model;
  }

  /** Which model it was, once that was counted; else empty. */
  String countedModel() {
    return countedModel;
  }

  /**
   * What that did.
   *
   * @param beganNanos when the request's head was here
   */
  ModelWork work(long beganNanos) {
    long firstToken = firstNanos == ModelWork.UNKNOWN ? firstNanos : firstNanos - beganNanos;
    return new ModelWork(
        new ModelWork.Tokens(prompt, Math.min(cached, prompt), completion, estimated),
        new ModelWork.Times(
            firstToken,
            said.loadNanos(),
            said.prefill().nanos(),
            said.decode().nanos(),
            streamNanos));
  }
}
