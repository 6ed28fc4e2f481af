package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.List;

/** What other gateways have at a server for a model. Guarded by the line's lock. */
final class Others {
  int inFlight;
  int waiting;
  int loaded;
  int loading;

  /** What each of them wants, which is what {@link Shares} goes by. */
  final List<Standing> standings = new ArrayList<>(0);

  void add(Standing standing) {
    standings.add(standing);
    count(standing, 1);
  }

  void remove(Standing standing) {
    if (standings.remove(standing)) {
      count(standing, -1);
    }
  }

  private void count(Standing standing, int sign) {
    inFlight += sign * standing.pressure().inFlight();
    waiting += sign * standing.pressure().waiting();
    loaded += standing.loaded() ? sign : 0;
    loading += standing.loading() ? sign : 0;
  }

  boolean none() {
    return standings.isEmpty();
  }

  /** Whether a model that they use may not go for a request's sake. */
  boolean use() {
    return inFlight + waiting > 0;
  }

  List<Pressure> pressures() {
    List<Pressure> pressures = new ArrayList<>(standings.size());
    for (Standing each : standings) {
      if (!each.pressure().none()) {
        pressures.add(each.pressure());
      }
    }
    return pressures;
  }
}
