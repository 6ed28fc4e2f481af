package ollama.gateway.balancer.dispatch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What other gateways told last. Guarded by the line's lock. */
final class Replicas {
  static final int MAX = 256;

  /** Of one gateway. */
  static final int STANDINGS_MAX = 4_096;

  private record Heard(ServerState at, ModelState model, Standing standing) {}

  private final Map<String, Map<Standing.Where, Heard>> replicas = new HashMap<>();

  /** How many requests others have started, as far as was heard. */
  long starts;

  /**
   * What one of them has takes the place of what it had; servers that nobody knows are left out.
   */
  void heard(
      String replica,
      List<Standing> standings,
      Function<String, @Nullable ServerState> servers,
      long now) {
    if (replicas.size() >= MAX && !replicas.containsKey(replica)) {
      return;
    }
    Map<Standing.Where, Heard> next = new HashMap<>();
    for (Standing standing : standings) {
      ServerState at = servers.apply(standing.where().server());
      ModelState model = at == null ? null : at.heardOf(standing.where().model());
      if (at != null && model != null && next.size() < STANDINGS_MAX) {
        Heard _ = next.putIfAbsent(standing.where(), new Heard(at, model, standing));
      }
    }
    replace(replica, next, now);
  }

  /** One of them is no more. */
  void gone(String replica, long now) {
    replace(replica, Map.of(), now);
    Map<Standing.Where, Heard> _ = replicas.remove(replica);
  }

  private void replace(String replica, Map<Standing.Where, Heard> next, long now) {
    Map<Standing.Where, Heard> before = replicas.getOrDefault(replica, Map.of());
    before.values().forEach(Replicas::forget);
    for (Heard each : next.values()) {
      count(each, before, now);
    }
    Map<Standing.Where, Heard> _ = replicas.put(replica, next);
    before.forEach(
        (where, each) -> {
          Heard same = next.get(where);
          if (same == null || !(same.standing.loaded() || same.standing.loading())) {
            unload(each, now);
          }
        });
    next.values().forEach(each -> load(each, before, now));
  }

  private static void forget(Heard each) {
    each.model.others.remove(each.standing);
    boolean _ = each.at.othersWaiting.remove(each.standing);
    each.model.refused = false;
    each.at.version++;
  }

  private void count(Heard each, Map<Standing.Where, Heard> before, long now) {
    Standing standing = each.standing;
    ModelState model = each.model;
    model.others.add(standing);
    if (standing.pressure().waiting() > 0) {
      each.at.othersWaiting.add(standing);
    }
    each.at.version++;
    model.refused = false;
    model.pace.heard(standing.speed());
    if (standing.slots() > 0) {
      model.slots.heard(standing.slots());
    }
    if (standing.pressure().inFlight() > 0) {
      model.lastUsedNanos = now;
    }
    Heard last = before.get(standing.where());
    int had = last == null ? 0 : last.standing.pressure().inFlight();
    for (int i = had; i < standing.pressure().inFlight() && i < had + Replicas.MAX; i++) {
      model.uses.happened(now);
      starts++;
    }
  }

  /** What is known here better isn't changed: what was seen, or is being loaded from here. */
  private static void load(Heard each, Map<Standing.Where, Heard> before, long now) {
    Standing standing = each.standing;
    ModelState model = each.model;
    Heard last = before.get(standing.where());
    boolean wasLoaded = last != null && last.standing.loaded();
    if (standing.loaded() && !wasLoaded && model.hearsay && each.at.loading == model) {
      each.at.endLoad(model, true, now);
      model.hearsay = true;
    } else if (standing.loaded() && !wasLoaded && !model.loaded && !model.loading) {
      model.heardLoaded(now);
    } else if (standing.loading() && !model.loaded && !model.loading && each.at.loading == null) {
      each.at.beginLoad(model, ModelState.ANY_OPTIONS, now);
      model.hearsay = true;
    }
  }

  private static void unload(Heard each, long now) {
    ModelState model = each.model;
    boolean said = model.others.loaded + model.others.loading > 0;
    if (model.hearsay && !said && model.inFlight == 0) {
      if (each.at.loading == model) {
        each.at.endLoad(model, false, now);
      } else {
        model.unload();
      }
    }
  }

  /** What was heard of servers that are no more is forgotten. */
  void serversChanged(List<ServerState> servers) {
    replicas.values().forEach(told -> told.values().removeIf(each -> !servers.contains(each.at)));
  }
}
