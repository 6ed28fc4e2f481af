package ollama.gateway.proxy;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.Route;

/**
 * Looks into bodies that come compressed with zstd, which Ollama takes below {@code /v1}. What is
 * decoded is there for the look alone, and servers get the body as it came, unless something
 * depends on their reading what was read here.
 */
final class Decoding {

  private final MemoryBudget budget;
  private final OffLoop offLoop;

  /**
   * One that shares memory with whatever else is kept of bodies.
   *
   * @param offLoop decodes, since a megabyte would hold up all that a loop carries
   */
  Decoding(MemoryBudget budget, OffLoop offLoop) {
    this.budget = budget;
    this.offLoop = offLoop;
  }

  /**
   * What a body says.
   *
   * @param text as if it had come so, to be closed; it holds nothing where there can be no look
   * @param isWhole whether nothing follows
   * @param isBusy whether it wasn't looked at since too many others are
   */
  record Look(Question text, boolean isWhole, boolean isBusy) implements AutoCloseable {
    @Override
    public void close() {
      text.close();
    }
  }

  /** Whether what is asked stands in a body that is compressed so, and Ollama takes that. */
  static boolean suits(Call call) {
    Route route = call.route();
    if (route.kind() != Route.Kind.INFERENCE || route.errors() == ErrorShape.NATIVE) {
      return false;
    }
    Fields fields = call.head().fields();
    int coding = fields.indexOf(KnownField.CONTENT_ENCODING, 0);
    return coding >= 0
        && fields.valueIs(coding, "zstd")
        && fields.indexOf(KnownField.CONTENT_ENCODING, coding + 1) < 0
        && (route != Route.V1_TRANSCRIPTIONS || call.target().parameters(OnePlan.MODEL).isEmpty());
  }

  /** Whether a body says something else than its bytes, by whichever of several lines. */
  static boolean isEncoded(Fields fields) {
    int line = fields.indexOf(KnownField.CONTENT_ENCODING, 0);
    while (line >= 0) {
      if (!fields.valueIs(line, "identity")) {
        return true;
      }
      line = fields.indexOf(KnownField.CONTENT_ENCODING, line + 1);
    }
    return false;
  }

  /**
   * Decodes what is kept of a body, off the loop.
   *
   * @param isEnd whether that is all of it
   */
  Look look(Question question, boolean isEnd) {
    return look(question, isEnd, Zstd.LOOK_BYTES_MAX);
  }

  private Look look(Question question, boolean isEnd, int textBytesMax) {
    // What it will be isn't known before, and whoever has no more room than this has none to spare.
    if (!budget.take(textBytesMax)) {
      return look(Zstd.Text.NONE, true);
    }
    Zstd.Text text = Zstd.Text.NONE;
    boolean isBusy = false;
    try {
      text = offLoop.call(OffLoop.Work.BODIES, () -> question.decoded(isEnd, textBytesMax));
    } catch (ExecutionException | RejectedExecutionException e) {
      // Too many wait for that already, or the gateway stops.
      isBusy = true;
    } finally {
      budget.give(textBytesMax - text.bytes().length);
    }
    return look(text, isBusy);
  }

  /**
   * Has servers get what a body says instead of the body, so that they read what is read here: one
   * that is whole, well formed and small enough; any other stays as it is.
   *
   * @return why it can't be looked at just now; empty if it was, or there is nothing to look at
   */
  Optional<Refusal> replace(Call call, Question question) {
    if (!suits(call) || question.size() == 0 || !call.exchange().body().done()) {
      return Optional.empty();
    }
    Optional<Refusal> busy = become(question, Zstd.LOOK_BYTES_MAX);
    return busy.isPresent() || question.isDecoded()
        ? busy
        : become(question, Math.max(Zstd.LOOK_BYTES_MAX, textBytesMax(call)));
  }

  private static int textBytesMax(Call call) {
    return Math.min(Zstd.TEXT_BYTES_MAX, call.settings().config().limits().questionBytes());
  }

  /** Does it if there are no more bytes than so many: most have few, for which less is reserved. */
  private Optional<Refusal> become(Question question, int textBytesMax) {
    try (Look look = look(question, true, textBytesMax)) {
      if (look.isWhole()) {
        question.become(look.text());
      }
      return look.isBusy() ? Optional.of(Refusal.BODIES) : Optional.empty();
    }
  }

  private Look look(Zstd.Text text, boolean isBusy) {
    return new Look(Question.of(text.bytes(), budget), text.isWhole(), isBusy);
  }
}
