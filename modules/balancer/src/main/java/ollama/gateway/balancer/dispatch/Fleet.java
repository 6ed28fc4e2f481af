package ollama.gateway.balancer.dispatch;

import java.util.List;
import java.util.Set;

/** What can be said of all servers together. Guarded by the line's lock. */
final class Fleet {
  private final List<ServerState> servers;

  Fleet(List<ServerState> servers) {
    this.servers = servers;
  }

  /** Whether those that are out stay out; not where a request has no other choice. */
  boolean leavesOut(String model, Set<String> tried, long now) {
    boolean anyOut = false;
    for (int i = 0; i < servers.size(); i++) {
      anyOut |= servers.get(i).isOut(now);
    }
    if (!anyOut) {
      return false;
    }
    boolean anywhere = nobodyHas(model);
    for (int i = 0; i < servers.size(); i++) {
      ServerState server = servers.get(i);
      Candidate.Holds holds = server.holds(model);
      if (!server.isOut(now)
          && server.takes(tried)
          && holds != Candidate.Holds.FORBIDDEN
          && (anywhere || holds != Candidate.Holds.NO)) {
        return true;
      }
    }
    return false;
  }

  /** What the best of them do, in place of what one hasn't shown yet. */
  Peers peers(String model) {
    double service = Double.NaN;
    double load = Double.NaN;
    double rate = Double.NaN;
    for (int i = 0; i < servers.size(); i++) {
      Pace pace = servers.get(i).model(model).pace;
      service = Peers.least(service, pace.serviceMillis());
      load = Peers.least(load, pace.loadMillis());
      rate = -Peers.least(-rate, -pace.prefillRate());
    }
    return Peers.of(service, load, rate);
  }

  /** How often any server is asked for a model, in a millisecond. */
  double useRate(String model, long now) {
    double rate = 0;
    for (int i = 0; i < servers.size(); i++) {
      rate += servers.get(i).model(model).uses.perMilli(now);
    }
    return rate;
  }

  /** Whether no server has a model, nor may one that is there have it. */
  boolean nobodyHas(String model) {
    for (int i = 0; i < servers.size(); i++) {
      Candidate.Holds holds = servers.get(i).holds(model);
      if (holds == Candidate.Holds.YES
          || (servers.get(i).takes(Set.of()) && holds == Candidate.Holds.UNKNOWN)) {
        return false;
      }
    }
    return true;
  }
}
