package ollama.gateway.http.poll;

import java.io.IOException;
import org.junit.jupiter.api.Assumptions;

/** {@link PollerTest} with io_uring. */
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
