package ollama.gateway.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which format a scraper gets, and what stands in each. */
class ScrapeFormatTest {

  private static final String PROTOBUF =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

  private final GatewayMetrics metrics = new GatewayMetrics("gateway");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*/*",
        "text/*",
        "text/plain",
        "text/plain;version=0.0.4",
        "TEXT/PLAIN; Version=\"0.0.4\"; charset=utf-8",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/json",
        "text/plain, application/openmetrics-text",
        "application/openmetrics-text;q=0.4,text/plain;q=0.5",
        "application/openmetrics-text;q=0,*/*",
        "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;version=2.0.0, */*;q=0.1",
        "application/vnd.google.protobuf",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
        "application/vnd.google.protobuf;proto=other.Message;encoding=delimited",
        ",;=,;;q=,q=1;;=\"",
        "application/openmetrics-text;q=high",
        "application/openmetrics-text;q=2",
        "application/openmetrics-text;q=-1",
        "application/openmetrics-text;q=0.0001",
        "\u00e4/\u00f6;q=1",
      })
  void textIsWhatEverybodyGetsWhoAsksForNothingElse(String accept) {
    assertEquals(ScrapeFormat.TEXT, ScrapeFormat.of(accept));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/openmetrics-text",
        "application/openmetrics-text;version=1.0.0",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "Application/OpenMetrics-Text;VERSION=1.0.0",
        "application/openmetrics-text;version=1.0.0, */*",
        "text/plain;q=0.3,application/openmetrics-text;q=0.301",
        "text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.8",
        "*/*;q=0.1,application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5",
        // Prometheus 2.42 and 3.5.
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
            + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            + "application/openmetrics-text;version=0.0.1;q=0.5,"
            + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
            + "*/*;q=0.2",
      })
  void openMetricsIsForWhoLikesItBest(String accept) {
    assertEquals(ScrapeFormat.OPEN_METRICS, ScrapeFormat.of(accept));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PROTOBUF,
        PROTOBUF + ", application/openmetrics-text;version=1.0.0;q=0.8",
        PROTOBUF
            + ";q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
            + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,"
            + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
      })
  void protobufIsForWhoLikesItBest(String accept) {
    assertEquals(ScrapeFormat.PROTOBUF, ScrapeFormat.of(accept));
  }

  @ParameterizedTest
  @CsvSource({
    "TEXT, text/plain; version=0.0.4; charset=utf-8",
    "OPEN_METRICS, application/openmetrics-text; version=1.0.0; charset=utf-8",
    "PROTOBUF, application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
        + " encoding=delimited",
  })
  void eachHasItsMediaType(ScrapeFormat format, String contentType) {
    assertEquals(contentType, format.contentType());
    assertEquals(format, ScrapeFormat.of(contentType));
  }

  @Test
  void openMetricsHasTheSameSamplesAndTheIdsOfSomeRequests() {
    RequestSeries chat = metrics.series("POST", "/api/chat");
    chat.record(200, 30_000_000, 0xabcL);
    chat.record(200, 31_000_000, 0xdefL);
    metrics.model("m", "/api/chat").record(work(2_000_000_000L), 0x123L);

    List<String> lines = page(ScrapeFormat.OPEN_METRICS);
    assertEquals("# EOF", lines.getLast());
    assertTrue(lines.contains("# TYPE gateway_api_keys_total gauge"), lines.toString());
    assertTrue(lines.contains("# TYPE gateway_requests counter"), lines.toString());
    String id = " # {request_id=\"0000000000000abc\"} 0.03 ";
    assertEquals(1, lines.stream().filter(line -> line.contains(id)).count());
    assertTrue(lines.stream().noneMatch(line -> line.contains("def\"")), lines.toString());
    assertTrue(
        lines.stream()
            .anyMatch(
                line ->
                    line.startsWith("gateway_gen_ai_server_time_to_first_token_seconds_bucket")
                        && line.contains(
                            "le=\"2.5\"} 1 # {request_id=\"0000000000000123\"} 2.0 ")));
    assertEquals(samples(ScrapeFormat.TEXT), samples(ScrapeFormat.OPEN_METRICS));
    assertTrue(page(ScrapeFormat.TEXT).stream().noneMatch(line -> line.contains("request_id")));
  }

  @Test
  void eachBucketMayHaveAnIdAtOnce() throws Exception {
    RequestSeries chat = metrics.series("POST", "/api/chat");
    chat.record(200, 1_000_000, 0xaL);
    for (int i = 0; i < 100; i++) {
      chat.record(200, 1_100_000, 0xbL);
    }
    // The library keeps one, and looks at others a quarter of a second later; the wait is for that.
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!tells("00c\"}")) {
      Thread.sleep(300);
      metrics.series("POST", "/api/chat").record(200, 400_000_000_000L, 0xcL);
      assertTrue(System.nanoTime() - deadline < 0);
    }
    assertTrue(tells("00a\"}"));
    assertFalse(tells("00b\"}"));
  }

  @Test
  void protobufHasNativeHistograms() {
    metrics.series("POST", "/api/chat").record(200, 30_000_000, 0xabcL);
    byte[] page = metrics.scrape(ScrapeFormat.PROTOBUF);
    String text = new String(page, StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("gateway_requests_duration_seconds"));
    assertTrue(text.contains("0000000000000abc"));
    assertTrue(text.contains("gateway_api_keys_total"));
    // Field 5 of a histogram, sint32 schema: 3.
    assertTrue(text.contains("(\u0006"), "no schema of native buckets");
  }

  private boolean tells(String text) {
    return page(ScrapeFormat.OPEN_METRICS).stream().anyMatch(line -> line.contains(text));
  }

  private List<String> page(ScrapeFormat format) {
    return new String(metrics.scrape(format), StandardCharsets.UTF_8).lines().toList();
  }

  /** Names and labels, without what changes by itself. */
  private List<String> samples(ScrapeFormat format) {
    return page(format).stream()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.replaceAll(" [0-9].*", ""))
        .sorted()
        .toList();
  }

  private static ModelWork work(long firstTokenNanos) {
    return new ModelWork(
        new ModelWork.Tokens(5, 2, 3, false), new ModelWork.Times(firstTokenNanos, 0, 0, 0, 0));
  }
}
