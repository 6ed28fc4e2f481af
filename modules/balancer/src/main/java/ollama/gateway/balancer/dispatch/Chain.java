package ollama.gateway.balancer.dispatch;

/**
 * A prompt as the hashes of its beginnings: link <i>i</i> stands for everything up to and with part
 * <i>i</i> (a message, a block of text), and has the size of all that. Two prompts with an equal
 * link have equal beginnings up to there. Immutable as long as nobody changes the arrays.
 */
public final class Chain {
  /** Of a prompt that nothing is known of. */
  public static final Chain NONE = new Chain(new long[0], new int[0]);

  private final long[] hashes;
  private final int[] tokens;

  /**
   * Makes a chain; the arrays are kept, not copied.
   *
   * @param hashes each one of everything up to there
   * @param tokens the size of everything up to there, never falling; estimates will do
   * @throws IllegalArgumentException if the arrays differ in length
   */
  public Chain(long[] hashes, int[] tokens) {
    if (hashes.length != tokens.length) {
      throw new IllegalArgumentException(
          hashes.length + " hashes, but " + tokens.length + " sizes: expected as many");
    }
    this.hashes = hashes;
    this.tokens = tokens;
  }

  /**
   * How many links it has.
   *
   * @return 0 or more
   */
  public int length() {
    return hashes.length;
  }

  /**
   * The hash of everything up to a link.
   *
   * @param link from 0
   * @return the hash
   */
  public long hash(int link) {
    return hashes[link];
  }

  /**
   * The size of everything up to a link.
   *
   * @param link from 0
   * @return in tokens
   */
  public int tokens(int link) {
    return tokens[link];
  }
}
