package ollama.gateway.usage;

import java.time.LocalDate;

/**
 * What one key used of one model on one day.
 *
 * @param keyId the key's digest, 64 hexadecimal digits
 * @param model the model's name, or {@link #OTHER}
 * @param day the day (UTC)
 * @param requests how many answers there were
 * @param estimatedRequests for how many of them the tokens are an estimate
 * @param counts their tokens
 */
public record UsageRow(
    String keyId,
    String model,
    LocalDate day,
    long requests,
    long estimatedRequests,
    TokenCounts counts) {

  /** Stands for the models that are too many for a row each, or whose names are too long. */
  public static final String OTHER = "other";

  /**
   * What was used of the same by the same key on the same day, counted elsewhere. A sum that would
   * be too large stays at the largest number there is.
   *
   * @param more of another ledger
   * @return the sums
   */
  public UsageRow plus(UsageRow more) {
    return new UsageRow(
        keyId,
        model,
        day,
        TokenCounts.sum(requests, more.requests),
        TokenCounts.sum(estimatedRequests, more.estimatedRequests),
        counts.plus(more.counts));
  }
}
