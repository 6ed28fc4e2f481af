package ollama.gateway.console;

import java.time.Instant;
import java.util.List;
import ollama.gateway.balancer.dispatch.Estimate;
import ollama.gateway.ollama.Json;

/**
 * A request that a server was asked for, and that is over.
 *
 * @param id as its client has it
 * @param at when it ended
 * @param asked what for, and whose it was
 * @param server the name of the one that answered or was tried last
 * @param answer what its client got
 * @param took how long it took, and how many tokens
 * @param why what was expected of each server when that one was chosen; empty where none was
 */
public record FinishedRequest(
    String id,
    Instant at,
    Asked asked,
    String server,
    Answer answer,
    Took took,
    List<Estimate> why) {

  /** A time that isn't known. */
  public static final long UNKNOWN = -1;

  private static final double NANOS_PER_MILLI = 1e6;

  /**
   * What was asked for.
   *
   * @param route the pattern of its route
   * @param model by its name; empty where that can't be told
   * @param key the name of the key
   */
  public record Asked(String route, String model, String key) {}

  /**
   * What came of it.
   *
   * @param status what its client got; 499 where that left before
   * @param note what went wrong, in words; empty if nothing did
   */
  public record Answer(int status, String note) {
    private static final int NOTE_MAX = 300;

    /** One with words that aren't too many. */
    public Answer {
      note = note.length() <= NOTE_MAX ? note : note.substring(0, NOTE_MAX) + "…";
    }
  }

  /**
   * What it took.
   *
   * @param waitedNanos how long it stood in the line
   * @param firstTokenNanos to the first token of a stream; {@link #UNKNOWN} where it was none
   * @param nanos all in all
   * @param inputTokens of its prompt
   * @param outputTokens of its answer
   */
  public record Took(
      long waitedNanos, long firstTokenNanos, long nanos, long inputTokens, long outputTokens) {}

  Json json() {
    Json object =
        Json.object()
            .put("id", id)
            .put("time", at.toString())
            .put("model", asked.model)
            .put("route", asked.route)
            .put("key", asked.key)
            .put("server", server)
            .put("status", answer.status)
            .put("note", answer.note)
            .put("waitedMillis", millis(took.waitedNanos))
            .put("durationMillis", millis(took.nanos))
            .put("inputTokens", took.inputTokens)
            .put("outputTokens", took.outputTokens)
            .put("why", why.stream().map(FinishedRequest::json).toList());
    return took.firstTokenNanos == UNKNOWN
        ? object.putNull("firstTokenMillis")
        : object.put("firstTokenMillis", millis(took.firstTokenNanos));
  }

  private static Json json(Estimate estimate) {
    return Json.object()
        .put("server", estimate.server())
        .put("eligible", estimate.eligible())
        .put("waitMillis", Math.round(estimate.waitMillis()))
        .put("loadMillis", Math.round(estimate.loadMillis()))
        .put("prefillMillis", Math.round(estimate.prefillMillis()))
        .put("totalMillis", Math.round(estimate.totalMillis()));
  }

  private static long millis(long nanos) {
    return Math.round(nanos / NANOS_PER_MILLI);
  }
}
