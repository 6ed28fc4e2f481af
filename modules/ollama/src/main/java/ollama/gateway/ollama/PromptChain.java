package ollama.gateway.ollama;

import java.util.Arrays;

/**
 * What a prompt begins with, link by link: a hash of everything up to the end of each message, or
 * of each {@value #BLOCK_BYTES} bytes of a prompt without messages. Two prompts which begin with
 * the same messages have the same first links, so a conversation's next turn has the earlier turn's
 * links and more.
 *
 * <p>A message is taken as it stands, but for white space between its tokens and for marks of what
 * to cache. Tools count as part of the first link, whatever place they have in the body, and a
 * system prompt beside the messages is a link of its own before them.
 *
 * <p>The hashes are the same in every process. They tell nothing of who asked or of which model:
 * whoever keeps them, keeps them apart.
 */
public final class PromptChain {
  /** How many links are kept: the first ones. */
  public static final int LINKS_MAX = 512;

  /** How many bytes of a prompt without messages make a link. */
  public static final int BLOCK_BYTES = 1_024;

  /** No link. */
  public static final PromptChain EMPTY = new PromptChain(new long[0], new long[0]);

  private final long[] hashes;
  private final long[] bytes;

  /** With as many hashes as there are sums of bytes; both are kept, not copied. */
  PromptChain(long[] hashes, long[] bytes) {
    this.hashes = hashes;
    this.bytes = bytes;
  }

  /** How many links there are, at most {@link #LINKS_MAX}. */
  public int links() {
    return hashes.length;
  }

  /**
   * The hash of everything up to the end of a link.
   *
   * @param link from 0
   * @throws IndexOutOfBoundsException if there is no such link
   */
  public long hash(int link) {
    return hashes[link];
  }

  /**
   * How many bytes of the prompt ({@link Prompt#bytes()}) end with a link.
   *
   * @param link from 0
   * @throws IndexOutOfBoundsException if there is no such link
   */
  public long bytes(int link) {
    return bytes[link];
  }

  /**
   * About how many tokens of the prompt end with a link, as {@link Prompt#tokens()} counts them.
   *
   * @param link from 0
   * @throws IndexOutOfBoundsException if there is no such link
   */
  public long tokens(int link) {
    return Prompt.tokens(bytes[link]);
  }

  /** How many links both begin with. */
  public int common(PromptChain other) {
    int mismatch = Arrays.mismatch(hashes, other.hashes);
    return mismatch < 0 ? hashes.length : mismatch;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PromptChain chain
        && Arrays.equals(hashes, chain.hashes)
        && Arrays.equals(bytes, chain.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hashes);
  }

  /** How many links and bytes, never what they are of. */
  @Override
  public String toString() {
    long last = bytes.length == 0 ? 0 : bytes[bytes.length - 1];
    return hashes.length + " links, " + last + " bytes";
  }
}
