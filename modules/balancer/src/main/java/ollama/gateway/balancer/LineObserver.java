package ollama.gateway.balancer;

import java.util.List;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.config.QueueConfig;

/** Tells a line what is found out about servers, besides another listener. */
final class LineObserver implements Upstream.Observer {

  private final Line line;
  private final HealthListener listener;

  /** Whether it matters which models servers have; guarded by this. */
  private boolean heedsModels;

  LineObserver(Line line, HealthListener listener) {
    this.line = line;
    this.listener = listener;
  }

  /** The settings are others now; what servers that aren't asked any more tell late is dropped. */
  synchronized void reconfigure(List<Upstream> servers, String policy, QueueConfig queue) {
    heedsModels = Lines.heedsModels(policy);
    Lines.reconfigure(line, servers, policy, queue);
  }

  @Override
  public void changed(Upstream server, boolean up, String why) {
    line.up(server.name(), up, System.nanoTime());
    listener.changed(server, up, why);
  }

  @Override
  public void drained(Upstream server, boolean draining, String why) {
    line.drain(server.name(), draining, System.nanoTime());
    listener.drained(server, draining, why);
  }

  @Override
  public void ejected(Upstream server, boolean ejected, String why) {
    listener.ejected(server, ejected, why);
  }

  @Override
  public synchronized void seen(Upstream server, long askedNanos) {
    if (heedsModels) {
      Lines.tell(line, server, askedNanos);
    }
  }
}
