package ollama.gateway.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ClientMetricsTest {
  private final GatewayMetrics metrics = new GatewayMetrics("gateway");

  @Test
  void countsRequestsByAddressEndpointAndStatus() {
    metrics.recordClient("192.0.2.1", "/api/chat", 200);
    metrics.recordClient("192.0.2.1", "/api/chat", 200);
    metrics.recordClient("192.0.2.1", "/api/chat", 429);
    metrics.recordClient("2001:db8::1", "/api/tags", 200);

    assertEquals(
        """
        # HELP gateway_requests_by_ip_total Requests that have ended, by client address.
        # TYPE gateway_requests_by_ip_total counter
        gateway_requests_by_ip_total{endpoint="/api/chat",ip="192.0.2.1",status="200"} 2.0
        gateway_requests_by_ip_total{endpoint="/api/chat",ip="192.0.2.1",status="429"} 1.0
        gateway_requests_by_ip_total{endpoint="/api/tags",ip="2001:db8::1",status="200"} 1.0\
        """,
        Page.of(metrics).family("gateway_requests_by_ip_total"));
  }

  @Test
  void addressesOnTopOfTheFirstThousandShareOneName() {
    for (int i = 0; i < 2_500; i++) {
      metrics.recordClient(address(i), "/", 200);
    }
    metrics.recordClient(address(0), "/", 200);

    List<String> counts = counts();
    assertEquals(ClientMetrics.ADDRESSES_MAX + 1, counts.size());
    assertEquals(
        List.of("gateway_requests_by_ip_total{endpoint=\"/\",ip=\"other\",status=\"200\"} 1500.0"),
        counts.stream().filter(line -> line.contains("\"other\"")).toList());
    assertEquals(
        List.of("gateway_requests_by_ip_total{endpoint=\"/\",ip=\"10.0.0.0\",status=\"200\"} 2.0"),
        counts.stream().filter(line -> line.contains("\"10.0.0.0\"")).toList());
  }

  @Test
  void seriesOnTopOfTheFirstTenThousandShareOneName() {
    for (int i = 0; i < 600; i++) {
      for (int status = 400; status < 420; status++) {
        metrics.recordClient(address(i), "/", status);
        metrics.recordClient(address(i), "/", status);
      }
    }

    List<String> counts = counts();
    assertEquals(ClientMetrics.SERIES_MAX + 20, counts.size());
    assertEquals(
        List.of("gateway_requests_by_ip_total{endpoint=\"/\",ip=\"other\",status=\"419\"} 200.0"),
        counts.stream().filter(line -> line.contains("\"other\",status=\"419\"")).toList());
  }

  private List<String> counts() {
    return Page.of(metrics).beginningWith("gateway_requests_by_ip_total{");
  }

  private static String address(int i) {
    return "10.0." + (i >> 8) + "." + (i & 0xff);
  }
}
