package ollama.gateway.balancer.dispatch;

/**
 * How many requests for a model a server runs at once. Ollama doesn't tell, so it is learned from
 * both sides: so many ran at once, so one had to wait behind so many. What came last is believed.
 */
final class Slots {
  /** Once in so many starts one more than the slots is let in, to see whether that has changed. */
  private static final int PROBE_EVERY = 64;

  private static final int UNKNOWN = Integer.MAX_VALUE;

  /** What others have in flight is old news: so often has it to contradict what is known. */
  private static final int DOUBTS_MAX = 8;

  private int configured;
  private int least;
  private int most = UNKNOWN;
  private int starts;

  /** What another gateway learned; 0 if none told, or it turned out otherwise here. */
  private int told;

  /** How often in a row a request waited behind fewer than ran together before. */
  private int doubts;

  /** 0 if the operator doesn't say. */
  Slots(int configured) {
    this.configured = configured;
  }

  /** The operator says something else now. */
  void configure(int parallel) {
    configured = parallel;
  }

  /** So many requests ran at the same time. */
  void ranTogether(int requests) {
    least = Math.max(least, requests);
    doubts = 0;
    if (requests > most) {
      most = UNKNOWN;
    }
    if (requests > told) {
      told = 0;
    }
  }

  /** A request waited while so many others were in flight. */
  void waitedBehind(int others) {
    if (others > 0) {
      most = Math.min(most, others);
      told = told > most ? 0 : told;
      least = Math.min(least, most);
    }
  }

  /**
   * A request waited while so many others were in flight, of which another gateway's may have
   * become more or less meanwhile.
   */
  void waitedBehind(int own, int others) {
    int behind = own + others;
    if (others == 0 || behind >= least || ++doubts >= DOUBTS_MAX) {
      doubts = 0;
      waitedBehind(behind);
    }
  }

  /** Another gateway says how many there are; believed as long as nothing is learned here. */
  void heard(int slots) {
    told = slots >= least && slots <= most ? slots : 0;
  }

  void started() {
    starts++;
  }

  boolean known() {
    return learned() || told > 0;
  }

  /** Whether it is known without another gateway's word. */
  boolean learned() {
    return configured > 0 || least == most;
  }

  /** As far as known, 1 or more. */
  int count() {
    return configured > 0 ? configured : Math.max(1, known() ? believed() : least);
  }

  private int believed() {
    return least == most ? most : told;
  }

  /** How many may be in flight. */
  int limit() {
    if (configured > 0) {
      return configured;
    }
    if (known()) {
      return starts % PROBE_EVERY == PROBE_EVERY - 1 ? believed() + 1 : believed();
    }
    return Math.min(most, Math.max(least + 1, 2 * least));
  }
}
