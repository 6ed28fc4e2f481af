package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.KeyTokensConfig;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.ratelimit.Ticket;
import ollama.gateway.usage.QuotaDecision;
import ollama.gateway.usage.Reservation;
import ollama.gateway.usage.TokenQuota;
import org.jspecify.annotations.Nullable;

/** What a request has reserved of the limits of its client and its key, until it is over. */
final class Reserved {

  private final Settings settings;
  private Ticket ticket = Ticket.UNLIMITED;
  private Optional<String> entered = Optional.empty();
  private @Nullable Reservation reservation;

  Reserved(Settings settings) {
    this.settings = settings;
  }

  /** Counts it among those of its key that run; returns whether it may. */
  boolean enter(Principal principal) {
    if (!settings.concurrency().enter(principal.id(), principal.maxConcurrentRequests())) {
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
    KeyTokensConfig tokens = principal.tokens();
    TokenQuota quota = new TokenQuota(tokens.perMinute(), tokens.perDay(), tokens.perMonth());
    Reservation reserved = settings.ledger().reserve(principal.id(), quota, estimate);
    reservation = reserved;
    return reserved.decision();
  }

  /** What was reserved of its client's limit of requests. */
  void ticket(Ticket reserved) {
    ticket = reserved;
  }

  /** What the limits said, for the answer's fields. */
  Decision limit() {
    return ticket.decision();
  }

  /** What the quotas said, where there are any, and the limits say nothing themselves. */
  QuotaDecision quota() {
    return reservation == null || limit().limited() ? QuotaDecision.NONE : reservation.decision();
  }

  /** The request is over: what it has used by now is all that it uses. */
  void settle() {
    if (reservation != null) {
      reservation.settle();
    }
    ticket.settle();
    entered.ifPresent(settings.concurrency()::leave);
    entered = Optional.empty();
  }
}
