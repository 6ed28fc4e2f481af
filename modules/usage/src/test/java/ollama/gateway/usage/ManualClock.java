package ollama.gateway.usage;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that says what it is told to. */
final class ManualClock implements InstantSource {
  private volatile long millis;

  ManualClock(String time) {
    set(time);
  }

  void set(String time) {
    millis = Fixtures.millis(time);
  }

  synchronized void advance(long byMillis) {
    millis += byMillis;
  }

  @Override
  public long millis() {
    return millis;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis);
  }
}
