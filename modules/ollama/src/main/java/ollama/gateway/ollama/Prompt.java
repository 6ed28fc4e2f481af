package ollama.gateway.ollama;

/**
 * What a model is to read.
 *
 * @param isEmpty whether there is no message, no prompt and no input, so that a request is about
 *     the model alone
 * @param bytes how long it is as JSON, without white space between tokens, and without pictures and
 *     sounds, of which the length says nothing; of a body that isn't whole, what has been read
 * @param chain what it begins with
 */
public record Prompt(boolean isEmpty, long bytes, PromptChain chain) {
  /** Nothing to read. */
  public static final Prompt NONE = new Prompt(true, 0, PromptChain.EMPTY);

  private static final int BYTES_PER_TOKEN = 4;

  /** About how many tokens that is: one for every four bytes. */
  public long tokens() {
    return tokens(bytes);
  }

  static long tokens(long bytes) {
    return bytes / BYTES_PER_TOKEN;
  }
}
