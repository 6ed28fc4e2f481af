package ollama.gateway.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The requests by client address. Addresses are chosen by others, so the first ones have series of
 * their own and all others share {@value Labels#OTHER}; the same when there are too many series, as
 * one address makes one per endpoint and status.
 */
final class ClientMetrics {
  static final int ADDRESSES_MAX = 1_000;
  static final int SERIES_MAX = 10_000;

  private final Counter requests;
  private final ConcurrentMap<String, Client> clients = new ConcurrentHashMap<>();
  private final AtomicInteger seriesLeft = new AtomicInteger(SERIES_MAX);
  private final Client others = new Client(Labels.OTHER);

  ClientMetrics(String prefix, PrometheusRegistry registry) {
    requests =
        Counter.builder()
            .name(prefix + "requests_by_ip_total")
            .help("Requests that have ended, by client address.")
            .labelNames("ip", "endpoint", "status")
            .withoutExemplars()
            .register(registry);
  }

  void record(String address, String endpoint, int status) {
    Client client = clients.get(address);
    (client == null ? admit(address) : client).of(endpoint).count(status);
  }

  private Client admit(String address) {
    if (clients.size() >= ADDRESSES_MAX) {
      return others;
    }
    synchronized (clients) {
      Client known = clients.get(address);
      if (known != null || clients.size() >= ADDRESSES_MAX) {
        return known == null ? others : known;
      }
      Client client = new Client(address);
      clients.put(address, client);
      return client;
    }
  }

  /** The counters of one address. */
  private final class Client {
    private final String ip;
    private final ConcurrentMap<String, StatusCounters> byEndpoint = new ConcurrentHashMap<>(4);

    Client(String ip) {
      this.ip = ip;
    }

    StatusCounters of(String endpoint) {
      StatusCounters counters = byEndpoint.get(endpoint);
      return counters == null
          ? byEndpoint.computeIfAbsent(
              endpoint, e -> new StatusCounters(status -> create(e, status)))
          : counters;
    }

    private CounterDataPoint create(String endpoint, String status) {
      boolean own = this == others || seriesLeft.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
      return requests.labelValues(own ? ip : Labels.OTHER, endpoint, status);
    }
  }
}
