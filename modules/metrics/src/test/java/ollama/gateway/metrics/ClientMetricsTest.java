package ollama.gateway.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ClientMetricsTest {
  private final GatewayMetrics metrics = new GatewayMetrics("gateway");

  @Test
  void countsRequestsByAddressEndpointAndStatus() {
    metrics.recordClient(InetAddress.ofLiteral("192.0.2.1"), "/api/chat", 200);
    metrics.recordClient(InetAddress.ofLiteral("192.0.2.1"), "/api/chat", 200);
    metrics.recordClient(InetAddress.ofLiteral("192.0.2.1"), "/api/chat", 429);
    metrics.recordClient(InetAddress.ofLiteral("2001:db8::1"), "/api/tags", 200);

    assertEquals(
        """
        # HELP gateway_requests_by_ip_total Requests that have ended, by client address.
        # TYPE gateway_requests_by_ip_total counter
        gateway_requests_by_ip_total{endpoint="/api/chat",ip="192.0.2.1",status="200"} 2.0
        gateway_requests_by_ip_total{endpoint="/api/chat",ip="192.0.2.1",status="429"} 1.0
        gateway_requests_by_ip_total{endpoint="/api/tags",ip="2001:db8:0:0:0:0:0:1",status="200"} 1.0\
        """,
        Page.of(metrics).family("gateway_requests_by_ip_total"));
  }

  @Test
  void anAddressHasNoZone() throws UnknownHostException {
    byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();
    metrics.recordClient(Inet6Address.getByAddress("", linkLocal, 3), "/", 200);

    assertEquals(
        List.of(
            "gateway_requests_by_ip_total{endpoint=\"/\",ip=\"fe80:0:0:0:0:0:0:1\",status=\"200\"}"
                + " 1.0"),
        counts());
  }

  @Test
  void addressesOnTopOfTheFirstThousandShareOneName() throws UnknownHostException {
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
  void seriesOnTopOfTheFirstTenThousandShareOneName() throws UnknownHostException {
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

  private static InetAddress address(int i) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i});
  }
}
