package ollama.gateway.proxy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import ollama.gateway.balancer.Inventory;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.ollama.Edit;
import ollama.gateway.ollama.Route;
import ollama.gateway.ollama.StreamUsage;

/** Finds out what each answer of a model costs. */
final class Accounting {

  /** Read in less than a tenth of a millisecond. */
  private static final int READ_AT_ONCE_BYTES = 64 * 1024;

  private static final int BYTES_PER_TOKEN = 4;

  /**
   * Before it is read, what is longer has pictures in it, more likely than a longer text: it would
   * be refused, or wait for others to end, for what it doesn't cost.
   */
  private static final long ESTIMATED_TOKENS_MAX = 8192;

  /** The longest context of models that people run: where a server's own isn't known. */
  private static final int CONTEXT_TOKENS_MAX = 1 << 20;

  /**
   * What a body's text is taken for that is longer than what is looked at, nobody knows by how
   * much.
   */
  private static final long UNREAD_TOKENS = Zstd.LOOK_BYTES_MAX / BYTES_PER_TOKEN;

  /** A short answer: what is longer is settled when it ends. */
  static final int ANSWER_TOKENS = 64;

  /** What a body is taken for that doesn't say its length. */
  private static final long UNKNOWN_BYTES = 8 * 1024;

  private final OffLoop offLoop;

  Accounting(OffLoop offLoop) {
    this.offLoop = offLoop;
  }

  /** How much of a body is to be kept for it; 0 where that doesn't matter. */
  int keptBytes(Call call) {
    boolean isRead =
        asksUsage(call) || (isOfQuota(call) && call.route() != Route.V1_TRANSCRIPTIONS);
    return isRead ? call.settings().config().limits().questionBytes() : 0;
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
   * Has a request's tokens counted from now on.
   *
   * @param text what its body says, as far as that can be read
   * @param isEnd whether that is all of it
   */
  void meter(Call call, Question text, boolean isEnd, Work work) {
    if (isCounted(call)) {
      call.meter(new Meter(work.model(), promptTokens(call, text, isEnd, work)));
    }
  }

  /**
   * A request is about to go to a server.
   *
   * @param question is changed where it has to ask
   */
  void begin(Call call, Question question) {
    if (!isCounted(call)) {
      return;
    }
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

  /**
   * About how many tokens a server reads of a prompt: what an answer costs that doesn't say so,
   * above all one whose client left. With quotas that is no less than what was sent, or leaving
   * early would be a way around them; pictures count as nothing, as far as they were looked at.
   */
  private long promptTokens(Call call, Question text, boolean isEnd, Work work) {
    long left = isEnd ? 0 : call.exchange().body().leftBytes();
    long all = (text.size() + Math.max(0, left)) / BYTES_PER_TOKEN;
    boolean isForm = call.route() == Route.V1_TRANSCRIPTIONS;
    boolean isRead = isEnd && text.isRead(call.settings().balancer().heedsModels());
    if (isForm || (!isRead && !isOfQuota(call))) {
      return Math.min(ESTIMATED_TOKENS_MAX, all);
    }
    if (!isEnd) {
      boolean isUnknown = left < 0 || Decoding.suits(call);
      return Math.min(readMax(call, work, isEnd), isUnknown ? UNREAD_TOKENS : all);
    }
    long known = isRead ? work.prompt().tokens() : wholeTokens(call, text, all);
    long tokens = known > 0 ? known : Math.min(ESTIMATED_TOKENS_MAX, all);
    return tokens <= ESTIMATED_TOKENS_MAX ? tokens : Math.min(readMax(call, work, isEnd), tokens);
  }

  /** Off the loop where it would hold up all that the loop carries. */
  private long wholeTokens(Call call, Question text, long all) {
    Route route = call.route();
    if (text.size() <= READ_AT_ONCE_BYTES) {
      return text.request(route, true).prompt().tokens();
    }
    try {
      return offLoop.call(OffLoop.Work.BODIES, () -> text.request(route, true).prompt().tokens());
    } catch (RejectedExecutionException e) {
      return all;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a body couldn't be read", e);
    }
  }

  /** More than so many tokens no server reads of a prompt: the rest is cut off or refused. */
  private static long readMax(Call call, Work work, boolean isEnd) {
    Route route = call.route();
    if (route == Route.EMBED || route == Route.V1_EMBEDDINGS) {
      // Each of the inputs may be as long as the context.
      return Long.MAX_VALUE;
    }
    if (!isEnd || work.options() != 0) {
      // It may be loaded with another context.
      return CONTEXT_TOKENS_MAX;
    }
    int longest = 0;
    for (Upstream server : call.settings().balancer().servers()) {
      Inventory inventory = server.inventory();
      if (!inventory.lacks(work.model())) {
        int context = inventory.loaded().getOrDefault(work.model(), 0);
        longest = Math.max(longest, context > 0 ? context : CONTEXT_TOKENS_MAX);
      }
    }
    return longest > 0 ? longest : CONTEXT_TOKENS_MAX;
  }
}
