package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class HttpClockTest {

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("1994-11-06T08:49:37.999Z"));
  private final HttpClock clock = new HttpClock(now::get);

  @Test
  void writesTheExampleOfTheRfc() {
    assertEquals("Sun, 06 Nov 1994 08:49:37 GMT", clock.date());
  }

  @Test
  void writesOnceASecond() {
    String first = clock.date();
    assertSame(first, clock.date());

    now.set(Instant.parse("1994-11-06T08:49:38Z"));
    assertEquals("Sun, 06 Nov 1994 08:49:38 GMT", clock.date());
  }
}
