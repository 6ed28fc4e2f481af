package ollama.gateway.app.testing;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A request for an answer on its way through a server. Guarded by the scheduler's lock. */
final class OllamaJob {

  final OllamaAsk ask;
  final BooleanSupplier gone;
  final long arrivedNanos;

  /** Null until the model is loaded. */
  @Nullable OllamaRunner runner;

  long loadedNanos;
  long startedNanos;
  long readNanos;
  int cachedTokens;
  boolean runs;

  /**
   * One that came at a time.
   *
   * @param gone whether its client has left
   */
  OllamaJob(OllamaAsk ask, BooleanSupplier gone, long arrivedNanos) {
    this.ask = ask;
    this.gone = gone;
    this.arrivedNanos = arrivedNanos;
  }

  /** The last members of a native answer, as of now, with each time so many times as long. */
  String numbers(int factor) {
    long now = System.nanoTime();
    return ("\"total_duration\":%d,\"load_duration\":%d,\"prompt_eval_count\":%d,"
            + "\"prompt_eval_duration\":%d,\"eval_count\":%d,\"eval_duration\":%d")
        .formatted(
            factor * (now - arrivedNanos),
            factor * (loadedNanos - arrivedNanos),
            OllamaAsk.tokens(ask.prompt()),
            factor * (readNanos - startedNanos),
            ask.tokens(),
            factor * (now - readNanos));
  }
}
