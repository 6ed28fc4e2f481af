package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.OptionsRefusedException;

/** Has what a key's requests ask of a model be what its options say. */
final class KeyOptions {

  private static final String COUNTED = "options";
  private static final String IN_FORCE = "The options of this API key hold for the request";
  private static final Refusal ENCODED =
      new Refusal(
          415,
          IN_FORCE
              + ", and its body can't be read: send it without Content-Encoding (or below /v1 in"
              + " zstd, well formed, with at most "
              + Zstd.TEXT_BYTES_MAX
              + " bytes before compression)",
          0,
          Optional.of(COUNTED),
          false);

  private final BodyChecks checks;
  private final Decoding decoding;

  KeyOptions(BodyChecks checks, Decoding decoding) {
    this.checks = checks;
    this.decoding = decoding;
  }

  /** How much of a body is to be kept for it; 0 where that doesn't matter. */
  static int keptBytes(Call call) {
    return policy(call).concerns(call.route())
        ? call.settings().config().limits().questionBytes()
        : 0;
  }

  /**
   * Changes what a request says, for servers and for whatever reads it here. Says why it may not go
   * on; empty if it may.
   *
   * @param question what is here of its body
   */
  Optional<Refusal> apply(Call call, Question question) {
    OptionsPolicy policy = policy(call);
    if (!policy.concerns(call.route())) {
      return Optional.empty();
    }
    if (!call.exchange().body().done()) {
      return Optional.of(Refusal.ofUnread(call, question, IN_FORCE));
    }
    if (question.size() == 0) {
      // A server says what is missing.
      return Optional.empty();
    }
    if (Decoding.isEncoded(call.head().fields()) && !question.isDecoded()) {
      Optional<Refusal> busy = decoding.replace(call, question);
      if (busy.isPresent()) {
        return busy;
      }
      if (!question.isDecoded()) {
        return Optional.of(ENCODED);
      }
    }
    return checks.run(question.size(), () -> change(call, policy, question));
  }

  private static OptionsPolicy policy(Call call) {
    Optional<Principal> principal = call.identity().principal();
    return principal.isEmpty() ? OptionsPolicy.NONE : principal.get().options();
  }

  private static Optional<Refusal> change(Call call, OptionsPolicy policy, Question question) {
    try {
      boolean isDone = question.revise(question.optionsEdits(policy, call.route()));
      return isDone ? Optional.empty() : Optional.of(Refusal.BODIES);
    } catch (OptionsRefusedException e) {
      String message = String.valueOf(e.getMessage());
      return Optional.of(new Refusal(e.status(), message, 0, Optional.of(COUNTED), false));
    }
  }
}
