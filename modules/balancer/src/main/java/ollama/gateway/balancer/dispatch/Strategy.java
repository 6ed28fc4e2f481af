package ollama.gateway.balancer.dispatch;

import java.util.List;

/** How a server is chosen. Pure: the same arguments give the same choice, from any thread. */
public interface Strategy {

  /** What a request waits for that can't start at once. */
  enum Waits {
    /** The server that was chosen when it came, and no other as long as that is up. */
    FOR_CHOSEN,
    /** Whichever has room first. */
    FOR_ANY,
    /** Whichever is expected to answer first, thought over whenever one has room. */
    FOR_SOONEST
  }

  /**
   * Chooses a server.
   *
   * @param candidates all servers, in the order of the settings
   * @param work what is asked
   * @param turn counts requests, so that equal ones can take turns
   * @return the choice
   */
  Choice choose(List<Candidate> candidates, Work work, long turn);

  /**
   * What a request waits for.
   *
   * @return always the same
   */
  Waits waits();
}
