package ollama.gateway.proxy;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How far a request is. Other threads may read it while the request's own goes on, and then see
 * what may be a moment old.
 */
final class InFlight {

  /** Of what isn't answered in pieces, or isn't yet. */
  static final int NO_PIECES = -1;

  private long beganNanos;
  private volatile boolean waits;
  private @Nullable AnswerTail tail;
  private long startedAtMillis;

  /** The request's head was here at that time. */
  void began(long nanos) {
    beganNanos = nanos;
  }

  /** For how long it has been here. */
  long nanos(long now) {
    return now - beganNanos;
  }

  /** Whether it waits in the line, for the first time or again. */
  boolean waits() {
    return waits;
  }

  void waits(boolean inLine) {
    waits = inLine;
  }

  /** A server is about to be asked, whose answer goes by there; null where nobody looks at it. */
  void asks(@Nullable AnswerTail answer) {
    tail = answer;
  }

  /** In how many pieces its answer has come so far, as far as they are counted anyway. */
  int pieces() {
    AnswerTail answer = tail;
    return answer == null ? NO_PIECES : answer.pieces();
  }

  /** When that was by the clock, which is looked at by who asks for it first. */
  Instant startedAt(long now) {
    long known = startedAtMillis;
    if (known == 0) {
      known = System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(nanos(now));
      startedAtMillis = known;
    }
    return Instant.ofEpochMilli(known);
  }
}
