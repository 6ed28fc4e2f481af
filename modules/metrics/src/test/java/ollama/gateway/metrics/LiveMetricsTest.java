package ollama.gateway.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LiveMetricsTest {

  /** What a gateway knows of itself, to be changed between two scrapes. */
  private static final class Live implements LiveState {
    private int keys = 2;
    private List<UpstreamState> upstreams =
        List.of(
            new UpstreamState(
                "http://a:11434", true, false, true, new UpstreamState.Requests(3, 4), 2, 5),
            new UpstreamState(
                "http://b:11434", false, true, false, new UpstreamState.Requests(0, 0), 0, 0));

    @Override
    public int apiKeys() {
      return keys;
    }

    @Override
    public List<UpstreamState> upstreams() {
      return upstreams;
    }

    @Override
    public long clientConnections() {
      return 7;
    }

    @Override
    public long queueWaiting() {
      return 9;
    }

    @Override
    public Map<String, Integer> queueWaitingByPriority() {
      return Map.of("batch", 4);
    }

    @Override
    public List<QuotaUse> quotas() {
      return List.of(new QuotaUse("alice", "day", 7, 100));
    }

    @Override
    public List<RateLimitUse> rateLimits() {
      return IntStream.rangeClosed(1, LiveState.RATE_LIMITS_MAX + 1)
          .mapToObj(i -> new RateLimitUse("key-" + i, 10, 4))
          .toList();
    }

    @Override
    public Map<String, Instant> certificatesGoodUntil() {
      return Map.of("gpu.example.org", Instant.ofEpochSecond(1_800_000_000));
    }

    @Override
    public double eventLoopLongestTaskSeconds() {
      return 0.25;
    }

    @Override
    public long eventLoopFailures() {
      return 4;
    }

    @Override
    public String scheduler() {
      return "event-loop";
    }

    @Override
    public String version() {
      return "1.2.3";
    }
  }

  private final Live live = new Live();
  private final GatewayMetrics metrics = new GatewayMetrics("gateway", live);

  @Test
  void theNumberOfKeysHasTheNameOfTheManualAndThatOfTheCode() {
    Page page = Page.of(metrics);

    assertEquals(
        """
        # HELP gateway_apikeys_total Accepted keys.
        # TYPE gateway_apikeys_total gauge
        gateway_apikeys_total 2.0\
        """,
        page.family("gateway_apikeys_total"));
    assertEquals(
        """
        # HELP gateway_api_keys_total Accepted keys.
        # TYPE gateway_api_keys_total gauge
        gateway_api_keys_total 2.0\
        """,
        page.family("gateway_api_keys_total"));
  }

  @Test
  void showsWhenACertificateExpires() {
    assertEquals(
        """
        # HELP gateway_tls_certificate_expiry_timestamp_seconds When a certificate expires that \
        clients are shown.
        # TYPE gateway_tls_certificate_expiry_timestamp_seconds gauge
        gateway_tls_certificate_expiry_timestamp_seconds{certificate="gpu.example.org"} 1.8E9\
        """,
        Page.of(metrics).family("gateway_tls_certificate_expiry_timestamp_seconds"));
  }

  @Test
  void showsEachServer() {
    Page page = Page.of(metrics);

    assertEquals(
        """
        # HELP gateway_ollama_servers_total Configured servers.
        # TYPE gateway_ollama_servers_total gauge
        gateway_ollama_servers_total 2.0\
        """,
        page.family("gateway_ollama_servers_total"));
    assertEquals(
        List.of(
            "gateway_upstream_up{server=\"http://a:11434\"} 1.0",
            "gateway_upstream_up{server=\"http://b:11434\"} 0.0"),
        page.beginningWith("gateway_upstream_up{"));
    for (String line :
        List.of(
            "gateway_upstream_draining{server=\"http://b:11434\"} 1.0",
            "gateway_upstream_ejected{server=\"http://a:11434\"} 1.0",
            "gateway_upstream_ejected{server=\"http://b:11434\"} 0.0",
            "gateway_upstream_models_loaded{server=\"http://a:11434\"} 2.0",
            "gateway_upstream_slots{server=\"http://a:11434\"} 5.0",
            "gateway_queue_waiting_by_priority{priority=\"batch\"} 4.0",
            "gateway_key_quota_used_tokens{key=\"alice\",window=\"day\"} 7.0",
            "gateway_key_quota_tokens{key=\"alice\",window=\"day\"} 100.0")) {
      assertTrue(page.lines().contains(line), line);
    }
    assertEquals(
        List.of(
            "gateway_upstream_requests_in_flight{server=\"http://a:11434\"} 3.0",
            "gateway_upstream_requests_in_flight{server=\"http://b:11434\"} 0.0"),
        page.beginningWith("gateway_upstream_requests_in_flight{"));
  }

  @Test
  void showsTheFirstThousandKeysWithARateLimit() {
    Page page = Page.of(metrics);

    for (String name :
        List.of("gateway_key_rate_limit_requests", "gateway_key_rate_limit_remaining")) {
      assertEquals(1_000, page.beginningWith(name + "{").size());
    }
    for (String line :
        List.of(
            "gateway_key_rate_limit_requests{key=\"key-1\"} 10.0",
            "gateway_key_rate_limit_remaining{key=\"key-1000\"} 4.0")) {
      assertTrue(page.lines().contains(line), line);
    }
  }

  @Test
  void showsTheRest() {
    List<String> lines = Page.of(metrics).lines();

    assertTrue(lines.contains("gateway_client_connections 7.0"));
    assertTrue(lines.contains("gateway_queue_waiting 9.0"));
    assertTrue(lines.contains("gateway_event_loop_longest_task_seconds 0.25"));
    assertTrue(lines.contains("gateway_event_loop_failures 4.0"));
    assertTrue(lines.contains("gateway_scheduler_info{scheduler=\"event-loop\"} 1.0"));
    assertTrue(lines.contains("gateway_build_info{version=\"1.2.3\"} 1.0"));
  }

  @Test
  void readsAtEachScrape() {
    live.keys = 5;
    live.upstreams = List.of();

    Page page = Page.of(metrics);
    assertTrue(page.lines().contains("gateway_apikeys_total 5.0"));
    assertTrue(page.lines().contains("gateway_ollama_servers_total 0.0"));
    assertEquals(List.of(), page.beginningWith("gateway_upstream_up{"));
  }
}
