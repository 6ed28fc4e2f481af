package ollama.gateway.usage;

/**
 * Tokens of one answer, or of several summed. A sum that would be too large stays at the largest
 * number there is.
 *
 * @param prompt what the models read
 * @param cached the part of {@code prompt} that they had read before and kept
 * @param completion what they wrote
 */
public record TokenCounts(long prompt, long cached, long completion) {

  /** No tokens. */
  public static final TokenCounts NONE = new TokenCounts(0, 0, 0);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is negative, or more is cached than was read
   */
  public TokenCounts {
    if (prompt < 0 || cached < 0 || completion < 0) {
      throw new IllegalArgumentException(
          "a negative number of tokens: prompt "
              + prompt
              + ", cached "
              + cached
              + ", completion "
              + completion);
    }
    if (cached > prompt) {
      throw new IllegalArgumentException(
          "more tokens are cached (" + cached + ") than the prompt has (" + prompt + ")");
    }
  }

  /**
   * Both together.
   *
   * @param more what is added
   * @return the sums
   */
  public TokenCounts plus(TokenCounts more) {
    return new TokenCounts(
        sum(prompt, more.prompt), sum(cached, more.cached), sum(completion, more.completion));
  }

  /**
   * What counts for quotas.
   *
   * @return {@code prompt + completion}
   */
  public long total() {
    return sum(prompt, completion);
  }

  /** The sum of two that aren't negative. */
  static long sum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
