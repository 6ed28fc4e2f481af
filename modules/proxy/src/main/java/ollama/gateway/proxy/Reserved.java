package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.KeyTokensConfig;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.ratelimit.Ticket;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.PeriodTotals;
import ollama.gateway.usage.QuotaDecision;
import ollama.gateway.usage.Reservation;
import ollama.gateway.usage.TokenQuota;
import org.jspecify.annotations.Nullable;

/**
 * What a request has reserved of the limits of its client and its key, until it is over. Where
 * several gateways count together, what they say holds; this one counts too, for when they can't be
 * asked.
 */
final class Reserved {

  private final Settings settings;
  private Ticket ticket = Ticket.UNLIMITED;
  private Decision said = Decision.unlimited();
  private Optional<String> entered = Optional.empty();
  private @Nullable Reservation reservation;
  private QuotaDecision quota = QuotaDecision.NONE;
  private @Nullable Permit permit;
  private Verdict verdict = Verdict.PENDING;
  private boolean isRefused;

  /** Whose tokens are reserved. */
  private String payer = "";

  Reserved(Settings settings) {
    this.settings = settings;
  }

  /** It has asked all gateways, and that came of it by now. */
  void permit(Permit asked, Verdict said) {
    permit = asked;
    verdict = said;
  }

  /** Counts it among those of its key that run; returns whether it may. */
  boolean enter(Principal principal) {
    int max = verdict.isDecided() ? Integer.MAX_VALUE : principal.maxConcurrentRequests();
    boolean mayRun = verdict.kind() != Verdict.Kind.TOO_MANY_RUNNING;
    if (!mayRun || !settings.concurrency().enter(principal.id(), max)) {
      isRefused = true;
      return false;
    }
    entered = Optional.of(principal.id());
    return true;
  }

  /**
   * Reserves tokens of its key's quotas.
   *
   * @param estimate about how many it takes
   */
  QuotaDecision tokens(Principal principal, long estimate) {
    Reservation reserved = settings.ledger().reserve(principal.id(), quota(principal), estimate);
    reservation = reserved;
    payer = principal.id();
    quota = verdict.isDecided() ? verdict.quota() : reserved.decision();
    isRefused |= !quota.allowed();
    return quota;
  }

  static TokenQuota quota(Principal principal) {
    KeyTokensConfig tokens = principal.tokens();
    return new TokenQuota(tokens.perMinute(), tokens.perDay(), tokens.perMonth());
  }

  /** Counts it under its client's limit of requests: here too, where others let it in. */
  void rate(RateRule rule) {
    boolean isRefusedByOthers = verdict.isDecided() && !verdict.rate().allowed();
    if (!isRefusedByOthers) {
      ticket = rule.reserve();
    }
    said = verdict.isDecided() ? verdict.rate() : ticket.decision();
    isRefused |= !said.allowed();
  }

  /** What the limits said, for the answer's fields. */
  Decision limit() {
    return said;
  }

  /** For tests: they said so. */
  void limit(Decision limit) {
    said = limit;
  }

  /** What the quotas said, where there are any, and the limits say nothing themselves. */
  QuotaDecision quota() {
    return limit().limited() ? QuotaDecision.NONE : quota;
  }

  /** The gateway has asked nobody but itself, and lets it in. */
  void admitted() {
    Permit asked = permit;
    if (asked != null && !verdict.isDecided() && !isRefused) {
      asked.admitHere();
    }
  }

  /**
   * The request is over: what it has used by now is all that it uses.
   *
   * @param tokens that it has used
   */
  void settle(long tokens) {
    if (reservation != null) {
      reservation.settle();
    }
    ticket.settle();
    Permit asked = permit;
    if (asked != null) {
      PeriodTotals used = payer.isEmpty() ? PeriodTotals.NONE : settings.ledger().totals(payer);
      asked.settle(used, tokens);
    }
    entered.ifPresent(settings.concurrency()::leave);
    entered = Optional.empty();
  }
}
