package ollama.gateway.balancer;

/** Is told when a server goes down or comes back. */
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
}
