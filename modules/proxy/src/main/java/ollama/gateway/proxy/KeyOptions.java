package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.ollama.BodyWatch;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.OptionsRefusedException;
import ollama.gateway.ollama.OptionsRewriter;

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

  /** Whether a body that is too large to be kept can be changed while it passes. */
  static boolean canPass(Call call) {
    return keptBytes(call) > 0 && !Decoding.isEncoded(call.head().fields());
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
      return question.watch().filter(BodyWatch::hasModel).isEmpty()
          ? Optional.of(Refusal.ofUnread(call, question, IN_FORCE))
          : checks.run(question.size(), () -> begin(call, policy, question));
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
      return done(question.revise(question.optionsEdits(policy, call.route())));
    } catch (OptionsRefusedException e) {
      return Optional.of(refusal(e));
    }
  }

  /** The same of a body of which the rest will pass. */
  private static Optional<Refusal> begin(Call call, OptionsPolicy policy, Question question) {
    try {
      return done(question.rewrite(new OptionsRewriter(policy, call.route())));
    } catch (OptionsRefusedException e) {
      return Optional.of(refusal(e));
    }
  }

  private static Optional<Refusal> done(boolean isDone) {
    return isDone ? Optional.empty() : Optional.of(Refusal.BODIES);
  }

  /** Why a request may not go on of which the body asks for what it may not. */
  static Refusal refusal(OptionsRefusedException why) {
    String message = String.valueOf(why.getMessage());
    return new Refusal(why.status(), message, 0, Optional.of(COUNTED), false);
  }
}
