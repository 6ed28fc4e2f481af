package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What still comes of a body behind its answer has one deadline in all, whichever is set. */
class UnwantedBodyTest {

  /** Whether the rest is short, so that it is skipped, or long, so that the answer says close. */
  @ParameterizedTest
  @ValueSource(strings = {"lingerSeconds", "bodyIdleSeconds"})
  void eachOfTheseSettingsIsAllThatAnUnwantedBodyGets(String setting) throws Exception {
    for (int length : new int[] {200_000, 300_000}) {
      try (FakeUpstream upstream = FakeUpstream.simple();
          TestGateway gateway =
              TestGateway.before(upstream).set("timeouts", "{\"" + setting + "\": 1}").start();
          RawClient client = gateway.connect()) {
        client.send("POST /api/chat HTTP/1.1\r\nHost: g\r\nContent-Length: " + length + "\r\n\r\n");
        long begin = System.nanoTime();
        assertEquals(401, client.answer().status());
        try {
          while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(20)) {
            client.send("x");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
          }
          throw new AssertionError("each byte puts the end off");
        } catch (SocketException e) {
          TimeoutsTest.assertLasted(begin, 1);
        }
      }
    }
  }
}
