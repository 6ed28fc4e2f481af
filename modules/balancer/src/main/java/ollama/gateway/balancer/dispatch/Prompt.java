package ollama.gateway.balancer.dispatch;

/**
 * What goes in, and how much may come out.
 *
 * @param tokens the prompt's size, an estimate; 0 if unknown
 * @param maxOutputTokens no more than so many come out; 0 if unbounded or unknown
 * @param chain the prompt's beginnings
 */
public record Prompt(int tokens, int maxOutputTokens, Chain chain) {
  /** Of a request that has none, or one that wasn't read. */
  public static final Prompt UNKNOWN = new Prompt(0, 0, Chain.NONE);
}
