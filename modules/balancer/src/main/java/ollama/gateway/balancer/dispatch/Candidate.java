package ollama.gateway.balancer.dispatch;

/**
 * A server as it stands for one request, at one moment. What it hasn't shown yet is NaN.
 *
 * @param server its name
 * @param up whether requests are sent to it
 * @param holds whether the model lies there
 * @param queue what is ahead of the request there
 * @param loading what has to be loaded first
 * @param prefill what of the prompt has to be computed
 * @param weight how much faster it is than its rates say; 1 as a rule, above 0
 */
public record Candidate(
    String server,
    boolean up,
    Holds holds,
    Queue queue,
    Loading loading,
    Prefill prefill,
    double weight) {

  /** Whether a model lies on a server's disk. */
  public enum Holds {
    /** It was in the list. */
    YES,
    /** It wasn't in the list. */
    NO,
    /** There was no list yet. */
    UNKNOWN,
    /** Whatever lies there, it isn't to be used for this one. */
    FORBIDDEN
  }

  /**
   * What is ahead of a request.
   *
   * @param inFlight requests for the same model that are there
   * @param slots how many of them run at once, as far as known; 1 or more
   * @param serviceMillis how long one of them will still be there, on average
   * @param aheadMillis the work of those that wait in the line and are expected to go there first
   */
  public record Queue(int inFlight, int slots, double serviceMillis, double aheadMillis) {}

  /**
   * What has to be loaded before.
   *
   * @param needed whether the model isn't loaded as the request wants it, nor being loaded so
   * @param modelMillis how long that takes there
   * @param otherMillis what is left of the load under way there, of this model or another
   * @param evictionMillis what it costs that another model has to go
   */
  public record Loading(
      boolean needed, double modelMillis, double otherMillis, double evictionMillis) {}

  /**
   * What of the prompt has to be computed.
   *
   * @param tokensPerSecond how fast that goes there
   * @param cachedTokens how much of it is there already
   * @param heldTokens how much is there of all prompts, where several gateways send some; else 0
   */
  public record Prefill(double tokensPerSecond, int cachedTokens, int heldTokens) {

    /** Where only this gateway sends prompts. */
    public Prefill(double tokensPerSecond, int cachedTokens) {
      this(tokensPerSecond, cachedTokens, 0);
    }
  }
}
