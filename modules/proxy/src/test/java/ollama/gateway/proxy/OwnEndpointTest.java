package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnEndpointTest {

  private static final String METRICS = "/metrics";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /               | GET  | ROOT    | PUBLIC
          /               | HEAD | ROOT    | PUBLIC
          /gateway/live   | GET  | LIVE    | PROBE
          /gateway/live   | POST | LIVE    | KEY
          /gateway/ready  | HEAD | READY   | PROBE
          /gateway/ready  | PUT  | READY   | KEY
          /metrics        | GET  | METRICS | PUBLIC
          /metrics        | POST | METRICS | KEY
          /config/reload  | GET  | RELOAD  | KEY
          /config/reload  | POST | RELOAD  | KEY
          /config/new-key | GET  | NEW_KEY | KEY
          /config/new-key | PUT  | NEW_KEY | KEY
          /gateway/servers | HEAD | SERVERS | KEY
          /gateway/servers | POST | SERVERS | KEY
          /gateway/servers/a/drain | POST | DRAIN | KEY
          /gateway/servers/a/drain | GET  | DRAIN | KEY
          /gateway/servers/a/b/resume | POST | RESUME | KEY
          /gateway/config | GET | CONFIG | KEY
          /gateway/config | POST | CONFIG | KEY
          /gateway/config/ | GET | NOTHING | KEY
          /gateway/servers/ | GET  | NOTHING | KEY
          /gateway/servers/drain | POST | NOTHING | KEY
          /gateway/servers/a | GET  | NOTHING | KEY
          /gateway        | GET  | PAGE    | PUBLIC
          /gateway/       | HEAD | PAGE    | PUBLIC
          /gateway/       | POST | PAGE    | KEY
          /gateway/page/page.js | GET | PAGE_FILE | PUBLIC
          /gateway/login  | POST | LOGIN   | KEY
          /gateway/login  | GET  | LOGIN   | KEY
          /gateway/events | GET  | EVENTS  | KEY
          /gateway/keys   | GET  | KEYS    | KEY
          /gateway/keys/  | GET  | NOTHING | KEY
          /gateway/keys/a/enable | POST | ENABLE_KEY | KEY
          /gateway/keys/a%2Fb/disable | POST | DISABLE_KEY | KEY
          /gateway/keys/a/drain | POST | NOTHING | KEY
          /gateway/reload | POST | CHANGES | KEY
          /gateway/x      | GET  | NOTHING | KEY
          /gateway/x/y    | POST | NOTHING | KEY
          """)
  void eachPathOfOursHasItsEndpointAndWhoMayAsk(
      String path, String method, OwnEndpoint endpoint, Access access) {
    assertEquals(Optional.of(endpoint), OwnEndpoint.of(method, path, METRICS));
    assertEquals(access, endpoint.access(method));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/tags", "/gatewa", "/config", "/config/reload/", "/metrics/", ""})
  void anyOtherPathIsAServers(String path) {
    assertEquals(Optional.empty(), OwnEndpoint.of("GET", path, METRICS));
  }

  @ParameterizedTest
  @CsvSource({
    "/gateway/servers/gpu-1/drain, gpu-1",
    "/gateway/servers/a/b/resume, a/b",
    "/gateway/servers/a%2Fb/drain, a/b",
    "/gateway/servers/%5B::1%5D:80/drain, [::1]:80",
  })
  void aPathNamesAServer(String path, String name) {
    assertEquals(name, OwnEndpoint.name(path));
  }

  @Test
  void soIsTheRootForWhoDoesntRead() {
    assertEquals(Optional.empty(), OwnEndpoint.of("POST", "/", METRICS));
  }

  @Test
  void theMetricsAreWhereTheSettingsPutThem() {
    assertEquals(Optional.of(OwnEndpoint.METRICS), OwnEndpoint.of("GET", "/a/b", "/a/b"));
    assertEquals(Optional.empty(), OwnEndpoint.of("GET", "/metrics", "/a/b"));
  }
}
