package ollama.gateway.ratelimit;

/**
 * What one request has reserved of its client's limits: taken before the request goes on, settled
 * once it is over.
 */
public interface Ticket {

  /** Of a request that no limit holds for. */
  Ticket UNLIMITED = counted(Decision.unlimited());

  /**
   * Of a request that counts when it comes, and stays counted: nothing is left to settle.
   *
   * @param decision what the limits say
   * @return a ticket
   */
  static Ticket counted(Decision decision) {
    return new CountedTicket(decision);
  }

  /**
   * What the limits say.
   *
   * @return whether the request may go on, and what its client is told
   */
  Decision decision();

  /** The request is over, however it ended: called once for each. */
  void settle();
}
