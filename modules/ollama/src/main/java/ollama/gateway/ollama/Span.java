package ollama.gateway.ollama;

/**
 * Some of a body's bytes.
 *
 * @param from the first one's offset
 * @param to the offset behind the last one
 */
public record Span(int from, int to) {

  /**
   * Checks their order.
   *
   * @throws IllegalArgumentException if it ends before it begins
   */
  public Span {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("from " + from + " to " + to);
    }
  }

  /** How many bytes these are. */
  public int length() {
    return to - from;
  }
}
