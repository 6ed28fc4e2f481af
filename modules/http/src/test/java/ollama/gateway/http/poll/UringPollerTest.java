package ollama.gateway.http.poll;

import java.io.IOException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** {@link PollerTest} with io_uring, which only loops that carry their threads may use. */
@EnabledIfSystemProperty(named = "ollama.gateway.expected-scheduler", matches = "event-loop")
class UringPollerTest extends PollerTest {

  @Override
  Poller newPoller() {
    try {
      return new UringPoller();
    } catch (IOException e) {
      return Assumptions.abort("io_uring isn't checked here: " + e.getMessage());
    }
  }
}
