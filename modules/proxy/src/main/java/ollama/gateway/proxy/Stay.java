package ollama.gateway.proxy;

import ollama.gateway.balancer.Lease;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.Ticket;
import ollama.gateway.http.wire.PayloadObserver;
import ollama.gateway.ollama.FinalNumbers;
import org.jspecify.annotations.Nullable;

/**
 * A request's stay with a server, from which the line learns: when its answer began, and what the
 * server says at its end. A stay that just ends has failed, and teaches nothing.
 */
class Stay implements AutoCloseable {

  private final Lease lease;
  private final @Nullable Ticket ticket;
  private final Meter meter;
  private boolean isInPieces;
  private boolean hasEnded;
  private final @Nullable AnswerTail tail;

  /**
   * A stay that begins now.
   *
   * @param ticket what the line gave it; none where the line wasn't asked
   */
  Stay(Lease lease, @Nullable Ticket ticket, Call call) {
    this.lease = lease;
    this.ticket = ticket;
    this.meter = call.meter();
    boolean tellsWait = ticket != null && ticket.work().tellsWait();
    this.tail = tellsWait || meter.isOn() ? new AnswerTail(call.route(), call.isStreamed()) : null;
    call.inFlight().asks(tail);
  }

  /** Where. */
  Upstream server() {
    return lease.server();
  }

  /** Is shown the answer, unless that is an error. */
  PayloadObserver observer() {
    return tail == null ? PayloadObserver.NONE : tail;
  }

  /**
   * The head of an answer is here that is no error.
   *
   * @param inPieces whether it is a stream, as the head says; a request may say so where that isn't
   *     read
   */
  void answers(boolean inPieces) {
    isInPieces = inPieces;
  }

  /** A stream's head is here, and with Ollama its first token. */
  void began() {
    long now = System.nanoTime();
    if (ticket != null) {
      ticket.began(now);
    }
    if (meter.isOn()) {
      meter.began(now);
    }
  }

  /**
   * The answer is here, whole, and no error.
   *
   * @param cameStreamed whether it came as a stream
   */
  void ended(boolean cameStreamed) {
    long now = System.nanoTime();
    FinalNumbers said = tail == null ? FinalNumbers.NONE : tail.numbers(cameStreamed || isInPieces);
    if (ticket != null) {
      Chain cached = ticket.work().prompt().chain();
      ollama.gateway.balancer.dispatch.FinalNumbers numbers = numbers(said);
      ticket.ended(numbers, cached, now);
      if (numbers.mayHaveLoaded()) {
        lease.loadedOne();
      }
    }
    if (tail != null && meter.isOn()) {
      meter.whole(said, isInPieces ? tail.pieces() : 0, now);
    }
    hasEnded = true;
  }

  @Override
  public void close() {
    if (!hasEnded && tail != null && tail.isSeen() && meter.isOn()) {
      meter.cut(isInPieces ? tail.pieces() : 0);
    }
    lease.close();
    if (ticket != null) {
      boolean _ = ticket.leave(System.nanoTime());
    }
  }

  /** As the line takes them: of an answer that says anything, what isn't said took no time. */
  private static ollama.gateway.balancer.dispatch.FinalNumbers numbers(FinalNumbers said) {
    if (said.totalNanos() < 0) {
      return ollama.gateway.balancer.dispatch.FinalNumbers.NONE;
    }
    return new ollama.gateway.balancer.dispatch.FinalNumbers(
        said.totalNanos(),
        Math.max(0, said.loadNanos()),
        Math.max(0, said.prefill().nanos()),
        Math.max(0, said.decode().nanos()),
        (int) Math.min(Integer.MAX_VALUE, said.promptTokens()),
        (int) Math.min(Integer.MAX_VALUE, said.completionTokens()));
  }
}
