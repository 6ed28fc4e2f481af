package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

final class ResponseRulesTest {

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadResponses#ALL")
  void refuses(Example bad) {
    assertEquals(
        new Outcome.Refused(bad.rule(), ""),
        Outcome.ofResponse(BadResponses.LIMITS, false, List.of(bad.bytes())),
        bad.what());
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadResponses#ALL")
  void refusesToHeadToo(Example bad) {
    assertEquals(
        new Outcome.Refused(bad.rule(), ""),
        Outcome.ofResponse(BadResponses.LIMITS, true, List.of(bad.bytes())),
        bad.what());
  }
}
