package ollama.gateway.proxy;

import java.io.IOException;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.Signal;
import ollama.gateway.http.server.Subscriber;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.SharedCounts;
import ollama.gateway.shared.SharedLimits;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.PeriodTotals;

/** A request asks the limits that several gateways keep together, and waits for what they say. */
final class Asking {

  private final Call call;
  private final SharedLimits shared;

  Asking(Call call, SharedLimits shared) {
    this.call = call;
    this.shared = shared;
  }

  /**
   * Asks for all that the request wants.
   *
   * @return why it can't go on without an answer, where there is none; what the answer is, the
   *     gates behind this one tell
   * @throws IOException when its client has left meanwhile
   */
  Optional<Refusal> ask() throws IOException {
    Demand demand = demand();
    if (!demand.isLimited()) {
      return Optional.empty();
    }
    Permit permit = await(demand);
    Verdict verdict = permit.verdict();
    if (verdict.isDecided()) {
      call.reserved().permit(permit, verdict);
      return Optional.empty();
    }
    if (call.settings().config().shared().refuses()) {
      permit.abandon();
      return Optional.of(Refusal.SHARED_UNREACHABLE);
    }
    call.reserved().permit(permit, Verdict.UNREACHABLE);
    return Optional.empty();
  }

  /** Somebody tries keys; returns whether that goes on. */
  static Decision guess(Call call) throws IOException {
    Subscriber client = call.identity().subscriber();
    Decision here = call.settings().wrongKeys().acquire(client);
    Optional<SharedCounts> shared = call.settings().shared();
    Demand demand = Guesses.demand(client, call.settings().config());
    if (shared.isEmpty() || !demand.isLimited()) {
      return here;
    }
    Permit permit = new Asking(call, shared.get()).await(demand);
    Verdict verdict = permit.verdict();
    if (verdict.isDecided()) {
      return verdict.rate();
    }
    if (here.allowed()) {
      permit.admitHere();
    }
    return here;
  }

  /** What came of it when it was there, or had to be. */
  private Permit await(Demand demand) throws IOException {
    Signal done = new Signal(call.exchange().loop());
    Permit permit = shared.ask(demand, done::give);
    if (permit.verdict().kind() == Verdict.Kind.PENDING) {
      try {
        long until = System.nanoTime() + shared.patienceNanos();
        done.await("the limits of all gateways", until, call.exchange());
      } catch (DeadlineException e) {
        // It is as if the store couldn't be reached.
        return permit;
      } catch (IOException e) {
        permit.abandon();
        throw e;
      }
    }
    return permit;
  }

  private Demand demand() {
    return new Demand(RateRule.of(call).demand(), key());
  }

  private Demand.Key key() {
    Optional<Principal> principal = call.identity().principal();
    if (principal.isEmpty()) {
      return Demand.Key.NONE;
    }
    Principal key = principal.get();
    boolean costs = Accounting.isOfQuota(call);
    if (key.maxConcurrentRequests() == 0 && !costs) {
      return Demand.Key.NONE;
    }
    return new Demand.Key(
        key.id(),
        key.maxConcurrentRequests(),
        Reserved.quota(key),
        costs ? Accounting.estimate(call) : 0,
        costs ? call.settings().ledger().totals(key.id()) : PeriodTotals.NONE);
  }
}
