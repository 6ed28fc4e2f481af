package ollama.gateway.balancer.dispatch;

import java.util.ArrayList;
import java.util.List;

/** A model on a server. Guarded by the line's lock. */
final class ModelState {
  private static final int MAX_LINKS = 8_192;

  /** Loaded, but nobody knows with which options: they count as fitting. */
  static final long ANY_OPTIONS = Long.MIN_VALUE;

  static final int NOT_GRANTED = -1;

  final String model;
  final Pace pace = new Pace();
  final Slots slots;
  final PromptIndex prompts = new PromptIndex(MAX_LINKS, Long.MAX_VALUE);

  boolean loaded;
  boolean loading;

  /** Whether only another gateway's word stands for that. */
  boolean hearsay;

  /** What other gateways have there. */
  final Others others = new Others();

  /** How many may be in flight of this gateway; below 0 if nobody said. */
  int grant = NOT_GRANTED;

  /** Whether more was asked for, and nothing was to be had. */
  boolean refused;

  /** How often it was unloaded: what was kept for it before is gone. */
  long unloads;

  long options = ANY_OPTIONS;
  long loadSinceNanos;

  /** When that it is loaded was last seen, here or in the server's list. */
  long loadedNanos = Long.MIN_VALUE;

  long lastUsedNanos;
  final Rate uses = new Rate();
  int inFlight;

  /** Those that are there. */
  final List<Ticket> tickets = new ArrayList<>();

  int running;

  /** Whether its answers tell how long they waited; false once one didn't. */
  boolean tellsWait = true;

  ModelState(String model, int parallel) {
    this.model = model;
    this.slots = new Slots(parallel);
  }

  Learned learned() {
    return new Learned(
        model,
        loaded || loading,
        slots.known() ? slots.count() : 0,
        inFlight,
        new Learned.Speed(
            pace.loadMillis(), pace.prefillRate(), pace.decodeRate(), pace.serviceMillis()));
  }

  boolean fits(long wanted) {
    return (loaded || loading) && (options == wanted || options == ANY_OPTIONS);
  }

  void beginLoad(long wanted, long now) {
    unload();
    loading = true;
    options = wanted;
    loadSinceNanos = now;
  }

  void endLoad(long now) {
    loading = false;
    loaded = true;
    loadedNanos = now;
  }

  /** Another gateway has it loaded there, though not when it was looked at from here. */
  void heardLoaded(long now) {
    endLoad(now);
    options = ANY_OPTIONS;
    hearsay = true;
  }

  /**
   * How many requests are there, as far as is known: all slots are taken where none was granted.
   */
  int allInFlight() {
    int heard = inFlight + others.inFlight;
    return refused ? Math.max(heard, slots.count()) : heard;
  }

  /** Whether it isn't to go for another model's sake. */
  boolean inUse() {
    return inFlight > 0 || others.use();
  }

  void unload() {
    loaded = false;
    loading = false;
    hearsay = false;
    unloads++;
    prompts.clear();
  }

  /** How long one of those that are there will stay, on average; NaN if none is. */
  double leftMillis(long now) {
    double sum = 0;
    for (int i = 0; i < tickets.size(); i++) {
      sum += tickets.get(i).leftMillis(now);
    }
    return tickets.isEmpty() ? Double.NaN : sum / tickets.size();
  }
}
