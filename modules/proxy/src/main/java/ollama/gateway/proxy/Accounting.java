package ollama.gateway.proxy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.ollama.Edit;
import ollama.gateway.ollama.Route;
import ollama.gateway.ollama.StreamUsage;

/** Finds out what each answer of a model costs. */
final class Accounting {

  /** Read in less than a tenth of a millisecond. */
  private static final int READ_AT_ONCE_BYTES = 64 * 1024;

  private static final int BYTES_PER_TOKEN = 4;

  /** What is longer has pictures in it, more likely than a longer text. */
  private static final long ESTIMATED_TOKENS_MAX = 8192;

  /** A short answer: what is longer is settled when it ends. */
  static final int ANSWER_TOKENS = 64;

  /** What a body is taken for that doesn't say its length. */
  private static final long UNKNOWN_BYTES = 8 * 1024;

  /** Of a longer body not all of the prompt may have been read. */
  private static final int READ_BYTES = 16 * 1024;

  private final OffLoop offLoop;

  Accounting(OffLoop offLoop) {
    this.offLoop = offLoop;
  }

  /** How much of a body is to be kept for it; 0 where that doesn't matter. */
  int keptBytes(Call call) {
    return asksUsage(call) ? call.settings().config().limits().questionBytes() : 0;
  }

  /** Whether the request has to ask for what the answer costs. */
  static boolean asksUsage(Call call) {
    return isCounted(call) && StreamUsage.isByRequest(call.route());
  }

  private static boolean isCounted(Call call) {
    return call.route().kind() == Route.Kind.INFERENCE && call.identity().principal().isPresent();
  }

  /** Whether its key has quotas, and it costs tokens. */
  static boolean isOfQuota(Call call) {
    return call.route().kind() == Route.Kind.INFERENCE
        && call.own().isEmpty()
        && call.identity().principal().filter(key -> !key.tokens().isNone()).isPresent();
  }

  /** About how many tokens a request will take, of which nothing but the head is known. */
  static long estimate(Call call) {
    long left = call.exchange().body().leftBytes();
    long bytes = left < 0 ? UNKNOWN_BYTES : left;
    return Math.min(ESTIMATED_TOKENS_MAX, bytes / BYTES_PER_TOKEN) + ANSWER_TOKENS;
  }

  /**
   * A request is about to go to a server.
   *
   * @param question is changed where it has to ask
   */
  void begin(Call call, Question question, Work work) {
    if (!isCounted(call)) {
      return;
    }
    call.meter(new Meter(work.model(), promptTokens(call, question, work)));
    boolean isReadable = !Decoding.suits(call) || question.isDecoded();
    if (call.exchange().body().done() && isReadable) {
      Optional<Edit> request = usageRequest(call, question);
      if (request.isPresent()) {
        question.change(Edits.of(List.of(request.get())));
        call.asksUsage(true);
        // What says so may stand behind what was read for the model.
        call.streamed(true);
      }
    }
  }

  /** Whether a body that is here whole has to be changed before it goes to a server. */
  boolean hasToAsk(Call call, Question text) {
    return usageRequest(call, text).isPresent();
  }

  private Optional<Edit> usageRequest(Call call, Question question) {
    return asksUsage(call) ? usageRequest(question) : Optional.empty();
  }

  /** Off the loop where it would hold up all that the loop carries. */
  private Optional<Edit> usageRequest(Question question) {
    if (question.size() <= READ_AT_ONCE_BYTES) {
      return question.usageRequest();
    }
    try {
      return offLoop.call(OffLoop.Work.BODIES, question::usageRequest);
    } catch (RejectedExecutionException e) {
      // An estimate will do.
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a body couldn't be read", e);
    }
  }

  private static long promptTokens(Call call, Question question, Work work) {
    long known = work.prompt().tokens();
    long left = Math.max(0, call.exchange().body().leftBytes());
    if (known > 0 && question.size() + left <= READ_BYTES) {
      return known;
    }
    return Math.min(ESTIMATED_TOKENS_MAX, (question.size() + left) / BYTES_PER_TOKEN);
  }
}
