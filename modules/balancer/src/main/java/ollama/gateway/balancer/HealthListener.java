package ollama.gateway.balancer;

/** Is told when a server goes down or comes back, or is drained. */
@FunctionalInterface
public interface HealthListener {

  /**
   * A server changed from up to down or back. Called once per change and for one server in the
   * order of its changes, by whichever thread saw it, event loops included: so it must neither
   * block nor throw.
   *
   * @param server the server
   * @param up what it is now
   * @param why what showed it; safe to log
   */
  void changed(Upstream server, boolean up, String why);

  /**
   * A server is to get no new requests any more, or gets them again; called as {@link #changed} is.
   *
   * @param server the server
   * @param draining what it is now
   * @param why who wanted it; safe to log
   */
  default void drained(Upstream server, boolean draining, String why) {}
}
