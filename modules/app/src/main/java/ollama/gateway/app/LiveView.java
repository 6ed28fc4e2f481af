package ollama.gateway.app;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.balancer.dispatch.Learned;
import ollama.gateway.balancer.dispatch.Place;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.KeyTokensConfig;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.VirtualThreads;
import ollama.gateway.metrics.LiveState;
import ollama.gateway.metrics.QuotaUse;
import ollama.gateway.metrics.RateLimitUse;
import ollama.gateway.metrics.UpstreamState;
import ollama.gateway.proxy.Settings;
import ollama.gateway.ratelimit.Decision;
import ollama.gateway.usage.Ledger;
import ollama.gateway.usage.QuotaState;
import ollama.gateway.usage.TokenQuota;

/** What the metrics read at each scrape. */
final class LiveView implements LiveState {

  private final Supplier<Settings> settings;
  private final Supplier<Map<String, Instant>> certificatesGoodUntil;
  private final Ledger ledger;
  private final EventLoops loops;
  private final IntSupplier connections;

  LiveView(
      Supplier<Settings> settings,
      Supplier<Map<String, Instant>> certificatesGoodUntil,
      Ledger ledger,
      EventLoops loops,
      IntSupplier connections) {
    this.settings = settings;
    this.certificatesGoodUntil = certificatesGoodUntil;
    this.ledger = ledger;
    this.loops = loops;
    this.connections = connections;
  }

  @Override
  public int apiKeys() {
    return settings.get().keys().size();
  }

  @Override
  public List<UpstreamState> upstreams() {
    return settings.get().balancer().servers().stream().map(this::state).toList();
  }

  private UpstreamState state(Upstream server) {
    int slots = 0;
    Set<String> loaded = new HashSet<>(server.inventory().loaded().keySet());
    for (Learned model : settings.get().balancer().line().learned(server.name())) {
      slots += model.loaded() ? model.slots() : 0;
      // Of what it has to do with, the line knows sooner.
      boolean _ = model.loaded() ? loaded.add(model.model()) : loaded.remove(model.model());
    }
    return new UpstreamState(
        server.toString(),
        server.up(),
        server.draining(),
        server.ejection().isEjected(),
        new UpstreamState.Requests(
            server.inFlight(), settings.get().balancer().line().waiting(server.name())),
        loaded.size(),
        slots);
  }

  @Override
  public Map<String, Integer> queueWaitingByPriority() {
    return Place.byPriority(settings.get().balancer().line().places(System.nanoTime()));
  }

  @Override
  public List<QuotaUse> quotas() {
    List<QuotaUse> quotas = new ArrayList<>();
    for (ApiKey key : settings.get().config().apiKeys()) {
      KeyTokensConfig tokens = key.tokens();
      if (quotas.size() >= QUOTAS_MAX) {
        break;
      }
      if (!tokens.isNone()) {
        TokenQuota quota = new TokenQuota(tokens.perMinute(), tokens.perDay(), tokens.perMonth());
        QuotaState state = ledger.quotas(key.sha256(), quota);
        add(quotas, key, "minute", state.minute());
        add(quotas, key, "day", state.day());
        add(quotas, key, "month", state.month());
      }
    }
    return quotas;
  }

  @Override
  public List<RateLimitUse> rateLimits() {
    Settings now = settings.get();
    List<RateLimitUse> limits = new ArrayList<>();
    for (ApiKey key : now.config().apiKeys()) {
      if (limits.size() >= RATE_LIMITS_MAX) {
        break;
      }
      Decision decision = now.rateLimitOf(key.sha256());
      if (decision.limited()) {
        limits.add(new RateLimitUse(key.name(), decision.limit(), decision.remaining()));
      }
    }
    return limits;
  }

  private static void add(
      List<QuotaUse> quotas, ApiKey key, String name, QuotaState.Window window) {
    if (window.limit() > 0) {
      quotas.add(new QuotaUse(key.name(), name, window.used(), window.limit()));
    }
  }

  @Override
  public long clientConnections() {
    return connections.getAsInt();
  }

  @Override
  public long queueWaiting() {
    return settings.get().balancer().line().waiting();
  }

  @Override
  public boolean usageIsPersistent() {
    return ledger.isPersistent();
  }

  @Override
  public double usageUnwrittenSeconds() {
    return ledger.unwrittenMillis() / 1e3;
  }

  @Override
  public Map<String, Instant> certificatesGoodUntil() {
    return certificatesGoodUntil.get();
  }

  @Override
  public double eventLoopLongestTaskSeconds() {
    return loops.all().stream().mapToLong(EventLoop::longestTaskNanos).max().orElse(0) / 1e9;
  }

  @Override
  public long eventLoopFailures() {
    return loops.all().stream().mapToLong(EventLoop::failures).sum();
  }

  @Override
  public String scheduler() {
    return VirtualThreads.scheduler().label();
  }

  @Override
  public String io() {
    return loops.io();
  }

  @Override
  public String whyNotUring() {
    return loops.whyNotUring();
  }

  @Override
  public String version() {
    return Version.number();
  }
}
