package ollama.gateway.app;

import java.util.function.Consumer;
import ollama.gateway.balancer.HealthListener;
import ollama.gateway.balancer.Upstream;

/** Logs what becomes of servers, and tells when one is left out. */
final class ServerLog implements HealthListener {

  private static final System.Logger LOG = System.getLogger(ServerLog.class.getName());

  private final Consumer<Upstream> leftOut;

  /**
   * A log.
   *
   * @param leftOut is told of each server that is left out for now
   */
  ServerLog(Consumer<Upstream> leftOut) {
    this.leftOut = leftOut;
  }

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
    if (ejected) {
      leftOut.accept(server);
    }
    LOG.log(
        ejected ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
        "server "
            + server.server().label()
            + (ejected ? " is left out for now: " : " isn't left out any more: ")
            + why);
  }
}
