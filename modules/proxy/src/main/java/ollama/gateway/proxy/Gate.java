package ollama.gateway.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.LimitsConfig;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.Route;
import ollama.gateway.ollama.RouteGroup;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.shared.SharedCounts;
import ollama.gateway.usage.QuotaDecision;

/**
 * What a request has to pass before it is answered, in this order. Who is refused by one isn't
 * asked by the next.
 */
enum Gate {
  /** A connection of the reserve is for what the gateway answers itself. */
  CAPACITY(Access.PROBE) {
    @Override
    Optional<Refusal> check(Call call) {
      boolean own = call.own().isPresent() && call.route() != Route.ROOT;
      boolean isOurs = own || call.isPreflight() || call.isRedirected();
      return refuseIf(call.exchange().reserved() && !isOurs, Refusal.FULL);
    }
  },
  /** No page of another site where the gateway is administered. */
  CROSS_SITE(Access.PROBE) {
    @Override
    Optional<Refusal> check(Call call) {
      // The page itself tells nothing, and there may be links to it.
      boolean isOpen = call.own().filter(OwnEndpoint::isOfPage).isPresent();
      boolean isMeant = call.isAdministration() && !isOpen;
      return refuseIf(isMeant && CrossSite.isTrue(call), Refusal.CROSS_SITE);
    }
  },
  /** One client, where proxies say who it is. */
  CLIENT(Access.PUBLIC) {
    @Override
    Optional<Refusal> check(Call call) {
      return refuseIf(call.identity().isUnclear(), Refusal.CLIENT_UNCLEAR);
    }
  },
  /** The address rules. */
  ADDRESS(Access.PUBLIC) {
    @Override
    Optional<Refusal> check(Call call) {
      InetAddress client = call.identity().address();
      boolean allowed =
          call.settings().addresses().allows(client)
              && (!call.isScrape() || call.settings().metricsAddresses().allows(client));
      return refuseIf(!allowed, Refusal.ADDRESS);
    }
  },
  /**
   * A key of ours. No key is no guess, a wrong one is, and a right one after too many wrong ones
   * may be the next guess, unless it came from there before: {@link KeySearch} doesn't find it
   * then.
   */
  KEY(Access.KEY) {
    @Override
    Optional<Refusal> check(Call call) throws IOException {
      if (call.authenticate()) {
        Identity who = call.identity();
        String keyId = who.principal().orElseThrow().id();
        call.settings().guesses().familiarKeys().seen(who.subscriber(), keyId);
        return Optional.empty();
      }
      return Optional.of(PresentedKey.isThere(call) ? guess(call, Refusal.KEY) : Refusal.KEY);
    }
  },
  /** A key that is good now and here. */
  USABLE(Access.KEY) {
    @Override
    Optional<Refusal> check(Call call) {
      Optional<Principal> principal = call.identity().principal();
      return principal.isEmpty() ? Optional.empty() : unusable(principal.get(), call);
    }
  },
  /** What the key may do, as far as the path tells. */
  SCOPE(Access.LIMITED) {
    @Override
    Optional<Refusal> check(Call call) {
      Optional<Principal> principal = call.identity().principal();
      if (principal.isEmpty() || principal.get().mayUseAll()) {
        return Optional.empty();
      }
      Optional<RouteGroup> group = call.route().group();
      if (group.isEmpty()) {
        return Optional.of(Refusal.NOT_ALL_ENDPOINTS);
      }
      return principal.get().mayUse(group.get())
          ? Optional.empty()
          : Optional.of(Refusal.lacks(group.get()));
    }
  },
  /**
   * What several gateways count together: all that holds for the request is asked at once, and what
   * comes of it is told by the gates behind.
   */
  SHARED(Access.LIMITED) {
    @Override
    Optional<Refusal> check(Call call) throws IOException {
      Optional<SharedCounts> shared = call.settings().shared();
      return shared.isEmpty() ? Optional.empty() : new Asking(call, shared.get()).ask();
    }
  },
  /** So many requests of one key at the same time. */
  CONCURRENCY(Access.LIMITED) {
    @Override
    Optional<Refusal> check(Call call) {
      Optional<Principal> principal = call.identity().principal();
      if (principal.isEmpty() || principal.get().maxConcurrentRequests() == 0) {
        return Optional.empty();
      }
      return refuseIf(!call.reserved().enter(principal.get()), Refusal.TOO_MANY_AT_ONCE);
    }
  },
  /** So many requests of one client in a while. */
  RATE(Access.LIMITED) {
    @Override
    Optional<Refusal> check(Call call) {
      call.reserved().rate(RateRule.of(call));
      Decision limit = call.reserved().limit();
      return limit.allowed()
          ? Optional.empty()
          : Optional.of(Refusal.rateLimited(limit.retryAfterSeconds()));
    }
  },
  /** So many tokens of one key in a while, of what costs any. */
  QUOTA(Access.LIMITED) {
    @Override
    Optional<Refusal> check(Call call) {
      Optional<Principal> principal = call.identity().principal();
      if (principal.isEmpty() || !Accounting.isOfQuota(call)) {
        return Optional.empty();
      }
      QuotaDecision quota = call.reserved().tokens(principal.get(), Accounting.estimate(call));
      return quota.allowed() ? Optional.empty() : Optional.of(Refusal.quotaUsedUp(quota));
    }
  },
  /**
   * No key where none belongs. Behind the limit: whoever has one key could otherwise try others as
   * fast as they like.
   */
  STRAY_KEY(Access.LIMITED) {
    @Override
    Optional<Refusal> check(Call call) throws IOException {
      return call.holdsStrayKey()
          ? Optional.of(guess(call, Refusal.KEY_MISPLACED))
          : Optional.empty();
    }
  },
  /** A bound for the body: known to be beyond is refused here, found to be later. */
  BODY(Access.LIMITED) {
    @Override
    Optional<Refusal> check(Call call) throws ProtocolException {
      LimitsConfig limits = call.settings().config().limits();
      RequestBody body = call.exchange().body();
      body.limit(call.route() == Route.BLOB ? limits.blobBytes() : limits.bodyBytes());
      return Optional.empty();
    }
  };

  private static final Gate[] ALL = values();

  private final Access from;

  /**
   * A gate.
   *
   * @param from who has to pass it; whoever wants more does so too
   */
  Gate(Access from) {
    this.from = from;
  }

  /**
   * Why a request doesn't pass; empty if it does.
   *
   * @throws ProtocolException when its body breaks a rule
   * @throws IOException when its client has left, or has to leave
   */
  abstract Optional<Refusal> check(Call call) throws IOException;

  /** The first refusal of all gates that a request has to pass; empty if it passes them all. */
  static Optional<Refusal> checkAll(Call call) throws IOException {
    for (Gate gate : ALL) {
      if (call.access().compareTo(gate.from) >= 0) {
        Optional<Refusal> refusal = gate.check(call);
        if (refusal.isPresent()) {
          return refusal;
        }
      }
    }
    call.reserved().admitted();
    return Optional.empty();
  }

  private static Optional<Refusal> refuseIf(boolean refused, Refusal refusal) {
    return refused ? Optional.of(refusal) : Optional.empty();
  }

  /** Why a key isn't good now or where it comes from; empty if it is. */
  static Optional<Refusal> unusable(Principal principal, Call call) {
    if (principal.disabled()) {
      return Optional.of(Refusal.KEY_DISABLED);
    }
    if (principal.isExpired(Instant.now())) {
      return Optional.of(Refusal.KEY_EXPIRED);
    }
    return refuseIf(!principal.mayComeFrom(call.identity().address()), Refusal.KEY_FROM_ELSEWHERE);
  }

  /** Whoever tries keys is refused otherwise when they do it too often. */
  private static Refusal guess(Call call, Refusal usual) throws IOException {
    Decision guess = Asking.guess(call);
    return guess.allowed() ? usual : Refusal.tooManyWrongKeys(guess.retryAfterSeconds());
  }
}
