package ollama.gateway.balancer;

/** Is told when a server goes down or comes back, is drained or ejected. */
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

  /**
   * A server is left out because it failed one request after another, or isn't any more; called as
   * {@link #changed} is, but not always in the order of its changes.
   *
   * @param server the server
   * @param ejected what it is now
   * @param why what showed it; safe to log
   */
  default void ejected(Upstream server, boolean ejected, String why) {}
}
