package ollama.gateway.balancer;

import java.util.List;
import ollama.gateway.balancer.dispatch.InTurn;
import ollama.gateway.balancer.dispatch.LeastRequests;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Soonest;
import ollama.gateway.balancer.dispatch.Strategy;
import ollama.gateway.config.LoadBalancerConfig;
import ollama.gateway.config.QueueConfig;

/** Makes a line as the settings describe it, and tells it what is seen of the servers. */
final class Lines {

  private Lines() {}

  static Line of(List<Upstream> servers, String policy, QueueConfig queue) {
    return new Line(specs(servers), strategy(policy), settings(queue));
  }

  /** The settings are others now. */
  static void reconfigure(Line line, List<Upstream> servers, String policy, QueueConfig queue) {
    long now = System.nanoTime();
    line.reconfigure(specs(servers), strategy(policy), settings(queue), now);
    for (Upstream server : servers) {
      // A server may have got another name, under which nothing is known of it.
      line.up(server.name(), server.up(), now);
      line.drain(server.name(), server.draining(), now);
      if (heedsModels(policy)) {
        tell(line, server, now);
      } else {
        line.forgetModels(server.name(), now);
      }
    }
  }

  /** Whether it matters to a policy which models servers have. */
  static boolean heedsModels(String policy) {
    return !policy.equals(LoadBalancerConfig.ROUND_ROBIN);
  }

  /** Tells the line which models a server has, as {@link Upstream#lacks} and the like say it. */
  static void tell(Line line, Upstream server, long askedNanos) {
    Inventory seen = server.inventory();
    long now = System.nanoTime();
    if (seen.installed().isPresent()) {
      line.holds(server.name(), seen.installed().get(), now);
    } else if (seen.toldInstalled()) {
      // It is another program now.
      line.forgetModels(server.name(), now);
    }
    if (seen.toldLoaded()) {
      line.loaded(server.name(), seen.loaded().keySet(), askedNanos, now);
    }
  }

  private static List<ServerSpec> specs(List<Upstream> servers) {
    return servers.stream().map(Upstream::spec).toList();
  }

  private static LineSettings settings(QueueConfig queue) {
    LineSettings defaults = LineSettings.DEFAULT;
    return new LineSettings(
        queue.maxWaiting(),
        queue.maxWaitSeconds() * 1_000L,
        defaults.ageBoundMillis(),
        defaults.shareMillis());
  }

  private static Strategy strategy(String policy) {
    return switch (policy) {
      case LoadBalancerConfig.ROUND_ROBIN -> new InTurn();
      case LoadBalancerConfig.SOONEST -> new Soonest();
      default -> new LeastRequests();
    };
  }
}
