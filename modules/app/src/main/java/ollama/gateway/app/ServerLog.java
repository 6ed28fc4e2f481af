package ollama.gateway.app;

import ollama.gateway.balancer.HealthListener;
import ollama.gateway.balancer.Upstream;

/** Logs what becomes of servers. */
final class ServerLog implements HealthListener {

  private static final System.Logger LOG = System.getLogger(ServerLog.class.getName());

  @Override
  public void changed(Upstream server, boolean up, String why) {
    LOG.log(
        up ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
        "server " + server.server().label() + (up ? " is up: " : " is down: ") + why);
  }

  @Override
  public void drained(Upstream server, boolean draining, String why) {
    String what = draining ? " is drained and gets no new requests: " : " gets requests again: ";
    LOG.log(System.Logger.Level.INFO, "server " + server.server().label() + what + why);
  }

  @Override
  public void ejected(Upstream server, boolean ejected, String why) {
    LOG.log(
        ejected ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
        "server "
            + server.server().label()
            + (ejected ? " is left out for now: " : " isn't left out any more: ")
            + why);
  }
}
