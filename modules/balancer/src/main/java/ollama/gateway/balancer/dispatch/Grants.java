package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How this gateway's grants fit what it needs, and what it has. Guarded by the line's lock. */
final class Grants {
  static final int STANDINGS_MAX = 4_096;

  private final List<ServerState> servers;
  private final List<Lane> lanes;
  private final Search search;

  /** Whether a request may need a grant, so that others needn't be looked at. */
  private boolean hold;

  /** Where no grant was told. */
  private int ungranted = Integer.MAX_VALUE;

  private List<LineState.News> news = List.of();

  Grants(List<ServerState> servers, List<Lane> lanes, Search search) {
    this.servers = servers;
    this.lanes = lanes;
    this.search = search;
  }

  /** The same with other servers. */
  Grants of(List<ServerState> newServers, Search newSearch) {
    for (ServerState server : servers) {
      if (!newServers.contains(server)) {
        giveAllBack(server);
      }
    }
    Grants next = new Grants(newServers, lanes, newSearch);
    next.hold = hold;
    next.news = news;
    next.need(ungranted);
    return next;
  }

  private void giveAllBack(ServerState gone) {
    for (ModelState model : gone.models()) {
      if (model.grant > 0) {
        add(new LineState.News(gone, model, 0, 0, false, model.grant));
        model.grant = 0;
      }
    }
  }

  /** How many may be in flight where no grant was told. */
  void need(int slots) {
    ungranted = slots;
    hold |= slots < Integer.MAX_VALUE;
    for (ServerState server : servers) {
      server.ungranted = slots;
      server.version++;
    }
  }

  boolean grant(ServerState at, String name, int more) {
    ModelState model = at.heardOf(name);
    if (model != null) {
      hold = true;
      int slots = Math.max(0, Math.max(0, model.grant) + more);
      model.refused = more <= 0 && model.inFlight >= slots;
      model.grant = slots;
      at.version++;
    }
    return model != null;
  }

  /** A request has to wait. */
  void waits(Ticket ticket, long now) {
    ServerState at = hold ? search.shortFor(ticket) : null;
    if (at != null) {
      isShort(at, at.model(ticket.work.model()), waiting(now));
    }
  }

  /** All that wait go on waiting. */
  void allWait(long now) {
    if (hold) {
      Map<ModelState, ServerState> found = new LinkedHashMap<>();
      for (Lane lane : lanes) {
        for (Ticket t = lane.head; t != null; t = t.next) {
          ServerState at = search.shortFor(t);
          if (at != null) {
            ServerState _ = found.put(at.model(t.work.model()), at);
          }
        }
      }
      if (!found.isEmpty()) {
        Map<ModelState, Waiting> waiting = waiting(now);
        found.forEach((model, at) -> isShort(at, model, waiting));
      }
    }
  }

  private void isShort(ServerState at, ModelState model, Map<ModelState, Waiting> waiting) {
    Pressure own = own(model, waiting);
    int slots = model.slots.limit();
    if (Shares.share(slots, own, model.others.pressures()) > model.inFlight) {
      int wanted = own.inFlight() + own.waiting();
      add(new LineState.News(at, model, wanted, slots, at.loadsAlone(model), 0));
    }
  }

  /**
   * A request is over: its slot may be another gateway's now. While nobody wants it, it is kept
   * until the next review: whoever asks soon needn't ask for it.
   */
  void freed(ServerState at, ModelState model, long now) {
    if (model.others.waiting > 0 && isSpare(at, model)) {
      giveBack(at, model, waiting(now));
    }
  }

  /** What of the grants is beyond their shares goes back. */
  void review(long now) {
    Map<ModelState, Waiting> waiting = null;
    for (int i = 0; hold && i < servers.size(); i++) {
      for (ModelState model : servers.get(i).models()) {
        if (isSpare(servers.get(i), model)) {
          waiting = waiting == null ? waiting(now) : waiting;
          giveBack(servers.get(i), model, waiting);
        }
      }
    }
  }

  private static boolean isSpare(ServerState at, ModelState model) {
    int grant = at.grant(model);
    return grant > model.inFlight && grant != Integer.MAX_VALUE;
  }

  private void giveBack(ServerState at, ModelState model, Map<ModelState, Waiting> waiting) {
    int keep = Shares.share(model.slots.limit(), own(model, waiting), model.others.pressures());
    int given = at.grant(model) - keep;
    if (given > 0) {
      model.grant = keep;
      add(new LineState.News(at, model, 0, 0, false, given));
    }
  }

  private static Pressure own(ModelState model, Map<ModelState, Waiting> waiting) {
    Waiting there = waiting.getOrDefault(model, Waiting.NONE);
    return new Pressure(model.inFlight, there.count, there.claim);
  }

  private record Waiting(int count, long claim) {
    static final Waiting NONE = new Waiting(0, 0);

    Waiting and(long other) {
      return new Waiting(count + 1, Math.max(claim, other));
    }
  }

  /** Who waits where. */
  private Map<ModelState, Waiting> waiting(long now) {
    Map<ModelState, Waiting> waiting = new LinkedHashMap<>();
    for (Lane lane : lanes) {
      for (Ticket t = lane.head; t != null; t = t.next) {
        long claim = t.claim(now);
        for (int i = 0; i < servers.size(); i++) {
          if (search.mayGo(t, i)) {
            ModelState at = servers.get(i).model(t.work.model());
            Waiting there = waiting.getOrDefault(at, Waiting.NONE);
            Waiting _ = waiting.put(at, there.and(claim));
          }
        }
      }
    }
    return waiting;
  }

  /** What this gateway has, to be told to others. */
  List<Standing> standings(long now) {
    Map<ModelState, Waiting> waiting = waiting(now);
    List<Standing> standings = new ArrayList<>();
    for (ServerState server : servers) {
      for (ModelState model : server.models()) {
        Standing standing = standing(server, model, own(model, waiting));
        if (tells(standing) && standings.size() < STANDINGS_MAX) {
          standings.add(standing);
        }
      }
    }
    return standings;
  }

  private static Standing standing(ServerState server, ModelState model, Pressure own) {
    return new Standing(
        new Standing.Where(server.spec.name(), model.model),
        own,
        model.loaded && !model.hearsay,
        model.loading && !model.hearsay,
        model.slots.learned() ? model.slots.count() : 0,
        model.pace.own());
  }

  private static boolean tells(Standing standing) {
    return !standing.where().model().isEmpty()
        && (!standing.pressure().none()
            || standing.loaded()
            || standing.loading()
            || !Double.isNaN(standing.speed().serviceMillis())
            || !Double.isNaN(standing.speed().loadMillis()));
  }

  private void add(LineState.News added) {
    if (news.isEmpty()) {
      news = new ArrayList<>();
    }
    news.add(added);
  }

  /** What somebody has to be told since this was asked last. */
  List<LineState.News> takeNews() {
    List<LineState.News> taken = news;
    news = List.of();
    return taken;
  }
}
