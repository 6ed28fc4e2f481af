package ollama.gateway.http.poll;

import java.io.IOException;

/** {@link PollerTest} with the JDK's selector. */
class NioPollerTest extends PollerTest {
  @Override
  Poller newPoller() throws IOException {
    return new NioPoller();
  }
}
