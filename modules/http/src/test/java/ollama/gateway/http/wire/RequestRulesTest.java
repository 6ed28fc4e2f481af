package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

final class RequestRulesTest {

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadRequests#ALL")
  void refuses(Example bad) {
    assertEquals(
        new Outcome.Refused(bad.rule(), ""),
        Outcome.ofRequest(BadRequests.LIMITS, List.of(bad.bytes())),
        bad.what());
  }
}
