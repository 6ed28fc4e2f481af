package ollama.gateway.ratelimit;

/**
 * What each client may use. Where it is counted, in this process or for several gateways together,
 * is the implementation's matter.
 *
 * @param <C> who counts as one client
 */
public interface Limits<C> {

  /**
   * Reserves what one request is going to use, if its client has as much left.
   *
   * @param client who asks
   * @return to be settled when the request is over, also when it isn't allowed
   */
  Ticket reserve(C client);
}
