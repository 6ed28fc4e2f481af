package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A server as the line knows it. Guarded by the line's lock. */
final class ServerState {
  private static final double NANOS_PER_MILLI = 1e6;

  /** Ollama keeps a model that nobody uses for five minutes, if nobody says otherwise. */
  private static final long KEPT_NANOS = 240_000_000_000L;

  /** Names that clients ask for and nobody has would pile up. */
  private static final int MODELS_MAX = 1_024;

  ServerSpec spec;

  /** What is known of its models. */
  private final Map<String, ModelState> models = new HashMap<>();

  /** Its list of models; null while there was none yet. */
  private @Nullable Set<String> holds;

  boolean up = true;
  boolean draining;
  int inFlight;

  /** What other gateways have waiting for it, of any model. */
  final List<Standing> othersWaiting = new ArrayList<>(0);

  /** How many may be in flight for a model that no grant was told of. */
  int ungranted = Integer.MAX_VALUE;

  private final Capacity capacity = new Capacity();

  /** Whether it has ever told what is loaded, so that the end of a load is noticed. */
  private boolean tellsLoaded;

  /** Changes whenever an estimate for it would. */
  long version;

  @Nullable ModelState loading;

  ServerState(ServerSpec spec) {
    this.spec = spec;
  }

  /** The same one with another description, if it is known already. */
  static ServerState of(ServerSpec spec, @Nullable ServerState known) {
    if (known == null) {
      return new ServerState(spec);
    }
    known.reconfigure(spec);
    return known;
  }

  ModelState model(String name) {
    ModelState known = models.get(name);
    if (known == null) {
      if (models.size() >= MODELS_MAX) {
        models.values().removeIf(this::isForgettable);
      }
      known = new ModelState(name, spec.parallel());
      models.put(name, known);
    }
    return known;
  }

  /** How many models it knows something of. */
  int known() {
    return models.size();
  }

  /** What it knows of those that it had to do with, by name. */
  List<Learned> learned() {
    return models.values().stream()
        .filter(state -> !isForgettable(state) || !Double.isNaN(state.pace.serviceMillis()))
        .map(ModelState::learned)
        .sorted(Comparator.comparing(Learned::model))
        .toList();
  }

  private boolean isForgettable(ModelState state) {
    return state.inFlight == 0
        && !state.loaded
        && !state.loading
        && state.others.none()
        && state.grant <= 0;
  }

  /** What is known of a model that another gateway tells of; null if there is no room for it. */
  @Nullable ModelState heardOf(String name) {
    return models.size() < MODELS_MAX || models.containsKey(name) ? model(name) : null;
  }

  Collection<ModelState> models() {
    return models.values();
  }

  private void reconfigure(ServerSpec newSpec) {
    if (newSpec.parallel() != spec.parallel()) {
      models.values().forEach(state -> state.slots.configure(newSpec.parallel()));
    }
    spec = newSpec;
    version++;
  }

  void holds(Set<String> names) {
    holds = Set.copyOf(names);
    version++;
  }

  void forgetModels() {
    holds = null;
    tellsLoaded = false;
    version++;
  }

  Candidate.Holds holds(String model) {
    if (model.isEmpty()) {
      return Candidate.Holds.YES;
    }
    if (!spec.allowed().test(model)) {
      return Candidate.Holds.FORBIDDEN;
    }
    Set<String> known = holds;
    return known == null
        ? Candidate.Holds.UNKNOWN
        : known.contains(model) ? Candidate.Holds.YES : Candidate.Holds.NO;
  }

  /** What its list of loaded models says, which was asked for at that time. */
  void seenLoaded(Set<String> names, long askedNanos) {
    tellsLoaded = true;
    for (String name : names) {
      ModelState state = model(name);
      if (state.loading && state.loadSinceNanos < askedNanos) {
        endLoad(state, true, askedNanos);
      }
      if (!state.loaded && !state.loading && !makesWay(state, names)) {
        state.options = ModelState.ANY_OPTIONS;
        state.lastUsedNanos = askedNanos;
        state.loadSinceNanos = askedNanos;
        state.endLoad(askedNanos);
      }
      state.hearsay &= state.loading;
    }
    ModelState coming = loading != null && loading.loadSinceNanos < askedNanos ? loading : null;
    for (ModelState state : models.values()) {
      if (state.loaded && state.loadedNanos < askedNanos && !names.contains(state.model)) {
        if (madeWay(state, names, coming, askedNanos)) {
          // What is being loaded has its room already, and isn't listed yet.
          capacity.overflowed(names.size() + (coming == null ? 0 : 1));
        }
        state.unload();
      }
    }
    capacity.kept(names.size());
    version++;
  }

  /** Whether a model is listed only because the load that it makes way for hasn't begun there. */
  private boolean makesWay(ModelState listed, Set<String> names) {
    return loading != null && !names.contains(loading.model) && mustEvict(listed);
  }

  /** Whether a model went because another was loaded since, not because nobody used it. */
  private boolean madeWay(
      ModelState gone, Set<String> names, @Nullable ModelState coming, long askedNanos) {
    if (gone.inFlight > 0) {
      // Those wait for it to be loaded again.
      return coming != null || !names.isEmpty();
    }
    if (askedNanos - gone.lastUsedNanos > KEPT_NANOS) {
      return false;
    }
    if (coming != null && coming.loadSinceNanos - gone.lastUsedNanos > 0) {
      return true;
    }
    for (String name : names) {
      ModelState other = models.get(name);
      if (other != null && other.loadSinceNanos - gone.lastUsedNanos > 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * An answer shows that its model had to be loaded, though it was there as far as anybody knew:
   * the server had let it go for another one.
   *
   * @param began when that was asked for
   */
  void loadedUnseen(ModelState state, long options, long began, long now) {
    int thought = 0;
    for (ModelState other : models.values()) {
      thought += other.loaded ? 1 : 0;
    }
    if (thought > 1) {
      capacity.overflowed(thought - 1);
    }
    state.unload();
    beginLoad(state, options, began);
    endLoad(state, true, now);
  }

  /** Whether a load that began since then, or goes on, may have held up all others here. */
  boolean hasLoadedSince(long began) {
    if (loading != null) {
      return true;
    }
    for (ModelState state : models.values()) {
      if (state.loaded && state.loadedNanos - began > 0) {
        return true;
      }
    }
    return false;
  }

  void drain(boolean newDraining) {
    draining = newDraining;
    version++;
  }

  /** Whether it takes requests that are new to it. */
  boolean takes(Set<String> tried) {
    return up && !draining && !tried.contains(spec.name());
  }

  /** Whether requests that could go elsewhere do so, because it failed others. */
  boolean isOut(long now) {
    return spec.ejection().isOut(now);
  }

  /** It was down, so whatever was loaded is gone. */
  void forgetLoaded() {
    models.values().forEach(ModelState::unload);
    loading = null;
    version++;
  }

  /** Whether a request for it can be sent now; a load that others would suffer from if forced. */
  boolean hasRoom(Work work, boolean forced) {
    if (work.model().isEmpty()) {
      return true;
    }
    ModelState state = model(work.model());
    return hasRoom(state, work, forced) && grantLeaves(state);
  }

  /** Whether only the grant keeps a request from it. */
  boolean isShort(Work work) {
    if (work.model().isEmpty()) {
      return false;
    }
    ModelState state = model(work.model());
    return !grantLeaves(state) && hasRoom(state, work, false);
  }

  /** Whether a request for it begins a load, beside which there is to be no other. */
  boolean loadsAlone(ModelState state) {
    return (tellsLoaded || spec.maxLoadedModels() > 0) && !state.loaded && !state.loading;
  }

  private boolean hasRoom(ModelState state, Work work, boolean forced) {
    if (state.fits(work.options())) {
      return slotsLeave(state, work);
    }
    if (loading != null && tellsLoaded) {
      return false;
    }
    boolean inUse = state.loaded && state.inUse();
    return forced || (!inUse && (!mustEvict(state) || victim(state, true) != null));
  }

  private boolean slotsLeave(ModelState state, Work work) {
    boolean known = state.slots.known();
    boolean heldBack = (work.tellsWait() && state.tellsWait) || known;
    // A grant is a part of the slots that others have no part in.
    int others = known && grant(state) == Integer.MAX_VALUE ? state.others.inFlight : 0;
    return !heldBack || state.inFlight + others < state.slots.limit();
  }

  private boolean grantLeaves(ModelState state) {
    return state.inFlight < grant(state) || holds(state.model) == Candidate.Holds.NO;
  }

  /** How many of this gateway's requests may be in flight there. */
  int grant(ModelState state) {
    return state.grant < 0 ? ungranted : state.grant;
  }

  private boolean mustEvict(ModelState coming) {
    int most = capacity.models(spec);
    if (most == 0 || coming.loaded) {
      return false;
    }
    int loaded = 0;
    for (ModelState state : models.values()) {
      loaded += state.loaded || state.loading ? 1 : 0;
    }
    return loaded >= most;
  }

  /** The one that would go: idle for longest, or the one in use that was. */
  private @Nullable ModelState victim(ModelState coming, boolean onlyIdle) {
    ModelState victim = null;
    for (ModelState state : models.values()) {
      if (state != coming && state.loaded && !(onlyIdle && state.inUse())) {
        int more = victim == null ? -1 : state.allInFlight() - victim.allInFlight();
        if (victim == null
            || more < 0
            || (more == 0 && state.lastUsedNanos < victim.lastUsedNanos)) {
          victim = state;
        }
      }
    }
    return victim;
  }

  /** A request for a model that isn't loaded as wanted was sent. */
  void beginLoad(ModelState coming, long options, long now) {
    if (mustEvict(coming)) {
      ModelState victim = victim(coming, false);
      if (victim != null) {
        victim.unload();
      }
    }
    coming.beginLoad(options, now);
    loading = coming;
    version++;
  }

  void endLoad(ModelState loaded, boolean succeeded, long now) {
    if (loading == loaded) {
      loading = null;
    }
    if (succeeded) {
      loaded.endLoad(now);
    } else {
      loaded.unload();
    }
    version++;
  }

  /** A request ran where a model was loaded by hearsay: it is there. */
  void confirm(ModelState state, long now) {
    if (loading == state) {
      endLoad(state, true, now);
    }
    state.hearsay = false;
  }

  Candidate.Loading loading(Work work, double comingRate, Peers peers, long now) {
    if (work.model().isEmpty()) {
      return new Candidate.Loading(false, 0, 0, 0);
    }
    ModelState state = model(work.model());
    boolean needed = !state.fits(work.options());
    double other =
        loading != null && (needed || loading == state) ? leftMillis(loading, peers, now) : 0;
    double load = Peers.orElse(state.pace.loadMillis(), peers.loadMillis());
    double eviction = 0;
    if (needed && mustEvict(state)) {
      ModelState victim = victim(state, false);
      if (victim != null) {
        eviction = missedMillis(victim, comingRate, peers, now);
        // It goes when it is idle.
        other += Peers.orElse(victim.leftMillis(now), 0);
      }
    } else if (needed) {
      // Nobody suffers, and all that come meanwhile gain.
      load /= 1 + comingRate * load;
    }
    return new Candidate.Loading(needed, load, other, eviction);
  }

  private static double leftMillis(ModelState loading, Peers peers, long now) {
    double whole = Peers.orElse(loading.pace.loadMillis(), peers.loadMillis());
    return Math.max(whole / 4, whole - (now - loading.loadSinceNanos) / NANOS_PER_MILLI);
  }

  /**
   * What it costs others, on average, that it isn't loaded any more: if it is wanted again before
   * the one that takes its place, it has to be loaded anew, and whoever wants it meanwhile waits.
   */
  private static double missedMillis(ModelState victim, double comingRate, Peers peers, long now) {
    double load = Peers.orElse(victim.pace.loadMillis(), peers.loadMillis());
    double rate = victim.uses.perMilli(now);
    double first = victim.inUse() ? 1 : rate / Math.max(rate + comingRate, 1e-9);
    return first * load * (1 + rate * load);
  }
}
