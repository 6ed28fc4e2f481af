package ollama.gateway.balancer.dispatch;

/**
 * What goes in, and how much may come out.
 *
 * @param tokens the prompt's size, an estimate; 0 if unknown
 * @param maxOutputTokens no more than so many come out; 0 if unbounded or unknown
 * @param chain the prompt's beginnings
 * @param session stands for the conversation that it says it belongs to; 0 if it says none
 */
public record Prompt(int tokens, int maxOutputTokens, Chain chain, long session) {
  /** Of a request that has none, or one that wasn't read. */
  public static final Prompt UNKNOWN = new Prompt(0, 0, Chain.NONE);

  /**
   * One that says nothing of a conversation.
   *
   * @param tokens the prompt's size, an estimate; 0 if unknown
   * @param maxOutputTokens no more than so many come out; 0 if unbounded or unknown
   * @param chain the prompt's beginnings
   */
  public Prompt(int tokens, int maxOutputTokens, Chain chain) {
    this(tokens, maxOutputTokens, chain, 0);
  }
}
