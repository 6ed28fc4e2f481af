package ollama.gateway.metrics;

import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/** Gauges that are read from a {@link LiveState} at each scrape. */
final class LiveMetrics {
  private final String prefix;
  private final PrometheusRegistry registry;

  LiveMetrics(String prefix, LiveState live, PrometheusRegistry registry) {
    this.prefix = prefix;
    this.registry = registry;
    // The predecessor's manual has one name, its code the other.
    gauge("apikeys_total", "Accepted keys.", live::apiKeys);
    gauge("api_keys_total", "Accepted keys.", live::apiKeys);
    gauge("ollama_servers_total", "Configured servers.", () -> live.upstreams().size());
    gauge("client_connections", "Open client connections.", live::clientConnections);
    gauge("queue_waiting", "Requests that wait for a server.", live::queueWaiting);
    gauge(
        "usage_persistent",
        "Whether what keys use will be known after a restart.",
        () -> live.usageIsPersistent() ? 1 : 0);
    gauge(
        "usage_unwritten_seconds",
        "For how long something that keys used has been waiting to be written.",
        live::usageUnwrittenSeconds);
    gauge(
        "event_loop_longest_task_seconds",
        "Longest time for which one task held an event loop in the last one to two minutes.",
        live::eventLoopLongestTaskSeconds);
    gauge(
        "event_loop_failures",
        "Tasks that failed on event loops by a mistake of the gateway.",
        live::eventLoopFailures);
    certificates(live);
    upstreams("upstream_up", "Whether the server is up.", live, s -> s.up() ? 1 : 0);
    upstreams(
        "upstream_draining",
        "Whether the server is to get no new requests.",
        live,
        s -> s.draining() ? 1 : 0);
    upstreams(
        "upstream_ejected",
        "Whether the server is left out for now, since it failed one request after another.",
        live,
        s -> s.ejected() ? 1 : 0);
    upstreams(
        "upstream_requests_in_flight",
        "Requests with the server.",
        live,
        s -> s.requests().inFlight());
    upstreams(
        "upstream_requests_waiting",
        "Requests that wait and are expected to go to the server.",
        live,
        s -> s.requests().waiting());
    upstreams(
        "upstream_models_loaded",
        "Models in the server's memory, as far as is known.",
        live,
        UpstreamState::loadedModels);
    upstreams(
        "upstream_slots",
        "Requests that the server answers at once with the models in its memory, as far as was"
            + " learned.",
        live,
        UpstreamState::slots);
    queue(live);
    quotas("key_quota_tokens", "Tokens that a key may use.", live, QuotaUse::limit);
    quotas("key_quota_used_tokens", "Tokens that a key has used of that.", live, QuotaUse::used);
    rateLimits(
        "key_rate_limit_requests",
        "Requests that a key may make in any window of its rate limit.",
        live,
        RateLimitUse::limit);
    rateLimits(
        "key_rate_limit_remaining",
        "Requests of that which a key may make at once.",
        live,
        RateLimitUse::remaining);
    info(
        "scheduler_info",
        "What carries virtual threads.",
        () -> new String[] {live.scheduler()},
        "scheduler");
    info(
        "io_info",
        "What the system is asked with.",
        () -> new String[] {live.io(), live.whyNotUring()},
        "io",
        "reason");
    info("build_info", "Version of the gateway.", () -> new String[] {live.version()}, "version");
  }

  void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback _ =
        GaugeWithCallback.builder()
            .name(prefix + name)
            .help(help)
            .callback(gauge -> gauge.call(value.getAsDouble()))
            .register(registry);
  }

  private void certificates(LiveState live) {
    labelled(
        "tls_certificate_expiry_timestamp_seconds",
        "When a certificate expires that clients are shown.",
        gauge ->
            live.certificatesGoodUntil()
                .forEach((name, until) -> gauge.call((double) until.getEpochSecond(), name)),
        "certificate");
  }

  private void queue(LiveState live) {
    labelled(
        "queue_waiting_by_priority",
        "Requests that wait for a server, by their class.",
        gauge ->
            live.queueWaitingByPriority().forEach((priority, count) -> gauge.call(count, priority)),
        "priority");
  }

  private void quotas(String name, String help, LiveState live, ToLongFunction<QuotaUse> value) {
    labelled(
        name,
        help,
        gauge ->
            live.quotas().stream()
                .limit(LiveState.QUOTAS_MAX)
                .forEach(q -> gauge.call((double) value.applyAsLong(q), q.key(), q.window())),
        "key",
        "window");
  }

  private void rateLimits(
      String name, String help, LiveState live, ToIntFunction<RateLimitUse> value) {
    labelled(
        name,
        help,
        gauge ->
            live.rateLimits().stream()
                .limit(LiveState.RATE_LIMITS_MAX)
                .forEach(r -> gauge.call(value.applyAsInt(r), r.key())),
        "key");
  }

  private void upstreams(
      String name, String help, LiveState live, ToDoubleFunction<UpstreamState> value) {
    labelled(
        name,
        help,
        gauge -> live.upstreams().forEach(s -> gauge.call(value.applyAsDouble(s), s.server())),
        "server");
  }

  private void info(String name, String help, Supplier<String[]> values, String... labels) {
    labelled(name, help, gauge -> gauge.call(1, values.get()), labels);
  }

  /** One whose values are told at each scrape, each with its labels. */
  private void labelled(
      String name, String help, Consumer<GaugeWithCallback.Callback> tell, String... labels) {
    GaugeWithCallback _ =
        GaugeWithCallback.builder()
            .name(prefix + name)
            .help(help)
            .labelNames(labels)
            .callback(tell)
            .register(registry);
  }
}
