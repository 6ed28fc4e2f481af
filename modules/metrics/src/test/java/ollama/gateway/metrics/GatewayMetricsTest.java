package ollama.gateway.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class GatewayMetricsTest {
  private Instant now = Instant.parse("2025-10-01T12:00:00Z");
  private final GatewayMetrics metrics =
      new GatewayMetrics("gateway", LiveState.NONE, () -> now, Path.of("/nowhere"));

  @Test
  void countsRequestsByMethodEndpointAndStatus() {
    RequestSeries series = metrics.series("POST", "/api/chat");
    series.record(200, 7_000_000, 1);
    series.record(200, 1_500_000_000, 1);
    series.record(404, 700_000_000_000L, 1);

    Page page = Page.of(metrics);
    assertEquals(
        """
        # HELP gateway_requests_total Requests that have ended, refused ones included.
        # TYPE gateway_requests_total counter
        gateway_requests_total{endpoint="/api/chat",method="POST",status="200"} 2.0
        gateway_requests_total{endpoint="/api/chat",method="POST",status="404"} 1.0\
        """,
        page.family("gateway_requests_total"));
    assertEquals(
        """
        # HELP gateway_requests_success_total Requests that were answered with 2xx.
        # TYPE gateway_requests_success_total counter
        gateway_requests_success_total{endpoint="/api/chat",method="POST"} 2.0\
        """,
        page.family("gateway_requests_success_total"));
    assertEquals(
        """
        # HELP gateway_requests_failure_total Requests that were answered with anything but 2xx.
        # TYPE gateway_requests_failure_total counter
        gateway_requests_failure_total{endpoint="/api/chat",method="POST"} 1.0\
        """,
        page.family("gateway_requests_failure_total"));
  }

  @Test
  void measuresWaitsInTheLineAndCountsWhatPassesIt() {
    metrics.waited(1_500_000_000);
    metrics.waited(4_000_000_000_000L);
    metrics.withoutModel();
    metrics.heartbeat();
    metrics.fallback("missing");

    List<String> lines = Page.of(metrics).lines();
    assertTrue(lines.contains("gateway_queue_wait_seconds_bucket{le=\"1.0\"} 0"));
    assertTrue(lines.contains("gateway_queue_wait_seconds_bucket{le=\"2.5\"} 1"));
    assertTrue(lines.contains("gateway_queue_wait_seconds_bucket{le=\"+Inf\"} 2"));
    assertTrue(lines.contains("gateway_queue_wait_seconds_sum 4001.5"));
    assertTrue(lines.contains("gateway_requests_without_model_total 1.0"));
    assertTrue(lines.contains("gateway_heartbeats_total 1.0"));
    assertTrue(lines.contains("gateway_model_fallbacks_total{reason=\"missing\"} 1.0"));
  }

  @Test
  void twoHundredModelsHaveSeriesOfTheirOwn() {
    ModelWork work =
        new ModelWork(
            new ModelWork.Tokens(5, 2, 3, true),
            new ModelWork.Times(ModelWork.UNKNOWN, 0, ModelWork.UNKNOWN, 6_000_000_000L, 7));
    for (int i = 0; i < 250; i++) {
      metrics.model("m" + i, "/api/chat").record(work, 1);
    }

    Page page = Page.of(metrics);
    assertEquals(201 * 3, page.beginningWith("gateway_tokens_total{").size());
    List<String> lines = page.lines();
    String others = "endpoint=\"/api/chat\",model=\"other\"";
    assertTrue(lines.contains("gateway_tokens_total{" + others + ",type=\"input\"} 250.0"));
    assertTrue(lines.contains("gateway_usages_estimated_total{" + others + "} 50.0"));
    // What wasn't said isn't measured, and what is estimated is no measure.
    String first = "gateway_gen_ai_server_time_to_first_token_seconds_count{" + others + "} 0";
    assertTrue(lines.contains(first));
    String each = "gateway_gen_ai_server_time_per_output_token_seconds_count{" + others + "} 0";
    assertTrue(lines.contains(each));
  }

  @Test
  void ofAStreamTheTimeOfATokenIsThatBetweenTwoOfThem() {
    ModelSeries series = metrics.model("m", "/v1/chat/completions");
    // One token comes at once: there is no time between it and another one.
    for (int tokens : new int[] {5, 1}) {
      ModelWork.Times times =
          new ModelWork.Times(
              1, ModelWork.UNKNOWN, ModelWork.UNKNOWN, ModelWork.UNKNOWN, 80_000_000);
      series.record(new ModelWork(new ModelWork.Tokens(5, 0, tokens, false), times), 1);
    }

    String each = "gateway_gen_ai_server_time_per_output_token_seconds";
    String labels = "{endpoint=\"/v1/chat/completions\",model=\"m\"} ";
    List<String> lines = Page.of(metrics).lines();
    assertTrue(lines.contains(each + "_count" + labels + "1"));
    assertTrue(lines.contains(each + "_sum" + labels + "0.02"));
  }

  @Test
  void measuresDurationsInSecondsInFourteenBuckets() {
    RequestSeries series = metrics.series("POST", "/api/chat");
    series.record(200, 5_000_000, 1);
    series.record(200, 1_500_000_000, 1);
    series.record(404, 700_000_000_000L, 1);
    series.record(200, -1, 1);

    assertEquals(
        """
        # HELP gateway_requests_duration_seconds Time from the head of a request to the end of its answer.
        # TYPE gateway_requests_duration_seconds histogram
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="0.005"} 2
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="0.01"} 2
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="0.025"} 2
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="0.05"} 2
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="0.1"} 2
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="0.25"} 2
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="0.5"} 2
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="1.0"} 2
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="2.5"} 3
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="5.0"} 3
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="10.0"} 3
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="30.0"} 3
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="120.0"} 3
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="600.0"} 3
        gateway_requests_duration_seconds_bucket{endpoint="/api/chat",method="POST",le="+Inf"} 4
        gateway_requests_duration_seconds_count{endpoint="/api/chat",method="POST"} 4
        gateway_requests_duration_seconds_sum{endpoint="/api/chat",method="POST"} 701.505\
        """,
        Page.of(metrics).family("gateway_requests_duration_seconds"));
  }

  @Test
  void onlyUsualMethodsHaveANameOfTheirOwn() {
    for (String method :
        List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW", "get", "")) {
      metrics.series(method, "/").record(200, 1, 1);
    }

    assertEquals(
        """
        # HELP gateway_requests_success_total Requests that were answered with 2xx.
        # TYPE gateway_requests_success_total counter
        gateway_requests_success_total{endpoint="/",method="DELETE"} 1.0
        gateway_requests_success_total{endpoint="/",method="GET"} 1.0
        gateway_requests_success_total{endpoint="/",method="HEAD"} 1.0
        gateway_requests_success_total{endpoint="/",method="OPTIONS"} 1.0
        gateway_requests_success_total{endpoint="/",method="OTHER"} 3.0
        gateway_requests_success_total{endpoint="/",method="PATCH"} 1.0
        gateway_requests_success_total{endpoint="/",method="POST"} 1.0
        gateway_requests_success_total{endpoint="/",method="PUT"} 1.0\
        """,
        Page.of(metrics).family("gateway_requests_success_total"));
  }

  @Test
  void aStatusThatIsNoneIsOther() {
    metrics.series("GET", "/").record(0, 1, 1);
    metrics.series("GET", "/").record(1_000, 1, 1);
    metrics.series("GET", "/").record(-200, 1, 1);

    assertEquals(
        List.of("gateway_requests_total{endpoint=\"/\",method=\"GET\",status=\"other\"} 3.0"),
        Page.of(metrics).beginningWith("gateway_requests_total{"));
  }

  @Test
  void aSeriesIsTheSameEachTime() {
    assertSame(metrics.series("GET", "/"), metrics.series("GET", "/"));
    assertSame(metrics.series("BREW", "/"), metrics.series("STEEP", "/"));
  }

  @Test
  void endpointsAreBounded() {
    for (int i = 0; i < 1_000; i++) {
      metrics.series("GET", "/" + i).record(200, 1, 1);
      metrics.recordClient("127.0.0.1", "/" + i, 200);
    }

    Page page = Page.of(metrics);
    assertEquals(101, page.beginningWith("gateway_requests_success_total{").size());
    assertEquals(
        List.of("gateway_requests_success_total{endpoint=\"other\",method=\"GET\"} 900.0"),
        page.beginningWith("gateway_requests_success_total{endpoint=\"other\""));
    assertEquals(101, page.beginningWith("gateway_requests_by_ip_total{").size());
  }

  @Test
  void countsRequestsInFlight() {
    metrics.requestStarted();
    metrics.requestStarted();
    metrics.requestEnded();

    assertEquals(
        List.of("gateway_requests_in_flight 1.0"),
        Page.of(metrics).beginningWith("gateway_requests_in_flight "));
  }

  @Test
  void countsRetriesAndRejectionsByReason() {
    metrics.retry("connect");
    metrics.retry("connect");
    metrics.rejected("TWO_HOSTS");

    Page page = Page.of(metrics);
    assertEquals(
        """
        # HELP gateway_retries_total Attempts on another server.
        # TYPE gateway_retries_total counter
        gateway_retries_total{reason="connect"} 2.0\
        """,
        page.family("gateway_retries_total"));
    assertEquals(
        """
        # HELP gateway_http_rejected_total Requests that broke a rule of HTTP or a limit.
        # TYPE gateway_http_rejected_total counter
        gateway_http_rejected_total{reason="TWO_HOSTS"} 1.0\
        """,
        page.family("gateway_http_rejected_total"));
  }

  @Test
  void reasonsAreBounded() {
    for (int i = 0; i < 1_000; i++) {
      metrics.rejected("reason-" + i);
    }

    Page page = Page.of(metrics);
    assertEquals(101, page.beginningWith("gateway_http_rejected_total{").size());
    assertEquals(
        List.of("gateway_http_rejected_total{reason=\"other\"} 900.0"),
        page.beginningWith("gateway_http_rejected_total{reason=\"other\""));
  }

  @Test
  void countsTimeoutsPausesOfAcceptingAndMistakesOfOurOwn() {
    metrics.acceptPaused("descriptors");
    metrics.failed();
    metrics.timedOut("first_byte");

    Page page = Page.of(metrics);
    assertEquals(
        List.of(
            "gateway_accept_pauses_total{reason=\"connections\"} 0.0",
            "gateway_accept_pauses_total{reason=\"descriptors\"} 1.0",
            "gateway_accept_pauses_total{reason=\"failure\"} 0.0"),
        page.beginningWith("gateway_accept_pauses_total{"));
    assertEquals(
        List.of("gateway_internal_failures_total 1.0"),
        page.beginningWith("gateway_internal_failures_total "));
    assertEquals(
        List.of("gateway_timeouts_total{timeout=\"first_byte\"} 1.0"),
        page.beginningWith("gateway_timeouts_total{"));
  }

  @Test
  void countsReloadsAndKeepsTheTimeOfTheLastGoodOne() {
    assertEquals(
        List.of(
            "gateway_config_reloads_total{result=\"failure\"} 0.0",
            "gateway_config_reloads_total{result=\"success\"} 0.0"),
        Page.of(metrics).beginningWith("gateway_config_reloads_total{"));

    now = now.plusSeconds(1);
    metrics.configReloaded(true);
    now = now.plusSeconds(1);
    metrics.configReloaded(false);

    Page page = Page.of(metrics);
    assertEquals(
        List.of(
            "gateway_config_reloads_total{result=\"failure\"} 1.0",
            "gateway_config_reloads_total{result=\"success\"} 1.0"),
        page.beginningWith("gateway_config_reloads_total{"));
    assertEquals(
        List.of("gateway_config_last_reload_success_timestamp_seconds 1.759320001E9"),
        page.beginningWith("gateway_config_last_reload_success_timestamp_seconds "));
  }

  @Test
  void theNamespaceGoesBeforeEachNameOfOurs() {
    GatewayMetrics named = new GatewayMetrics("llm_proxy");
    named.series("GET", "/").record(200, 1, 1);
    String types = String.join("\n", Page.of(named).beginningWith("# TYPE "));

    assertTrue(types.contains("# TYPE llm_proxy_requests_total counter"));
    assertEquals("", types.replaceAll("# TYPE (llm_proxy|process|jvm)_[a-z_]+ [a-z]+\n?", ""));
    assertTrue(Page.of(new GatewayMetrics("")).lines().contains("apikeys_total 0.0"));
  }

  @Test
  void refusesANamespaceThatPrometheusWould() {
    assertThrows(IllegalArgumentException.class, () -> new GatewayMetrics("my-gateway"));
    assertThrows(IllegalArgumentException.class, () -> new GatewayMetrics("1st"));
  }

  @Test
  void manyThreadsLoseNoCount() throws Exception {
    Callable<Boolean> requests =
        () -> {
          for (int i = 0; i < 2_000; i++) {
            metrics.requestStarted();
            metrics.series("GET", "/" + i % 7).record(200 + i % 3, i, 1);
            metrics.recordClient("192.0.2." + i % 5, "/", 200);
            metrics.requestEnded();
            if (i % 500 == 0) {
              assertTrue(metrics.scrape(ScrapeFormat.TEXT).length > 0);
            }
          }
          return true;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(8, requests))) {
        assertTrue(done.get());
      }
    }

    Page page = Page.of(metrics);
    assertEquals(16_000, sum(page, "gateway_requests_total{"));
    assertEquals(16_000, sum(page, "gateway_requests_duration_seconds_count{"));
    assertEquals(16_000, sum(page, "gateway_requests_by_ip_total{"));
    assertEquals(
        List.of("gateway_requests_in_flight 0.0"),
        page.beginningWith("gateway_requests_in_flight "));
  }

  private static double sum(Page page, String prefix) {
    return page.beginningWith(prefix).stream()
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
