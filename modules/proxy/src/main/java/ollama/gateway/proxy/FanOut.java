package ollama.gateway.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.Timer;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * One request that several servers do at the same time, each on a {@link Branch}. This is the
 * request's own thread: it gives all of them the body as it comes, makes one answer of theirs, and
 * keeps an eye on the client, whose leaving ends them all.
 */
final class FanOut {

  /** How long a client isn't looked after of whom too much was read ahead. */
  private static final long UNWATCHED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Call call;
  private final Exchange exchange;
  private final Question question;
  private final List<Branch> branches;
  private final JointAnswer answer;

  /**
   * A request to several servers that isn't begun.
   *
   * @param question what is here of the body
   * @param streams whether the client wants to see how it gets on
   * @param forgives whether it is no failure that some haven't what the request is about
   */
  FanOut(
      OnePlan plan,
      Call call,
      Question question,
      List<Upstream> servers,
      boolean streams,
      boolean forgives) {
    this.call = call;
    this.exchange = call.exchange();
    this.question = question;
    ReentrantLock heads = new ReentrantLock();
    Framing framing = question.framing(call.head().framing());
    branches =
        servers.stream().map(s -> new Branch(s, call, plan, framing, streams, heads)).toList();
    answer = new JointAnswer(call, plan.recorder(), streams, forgives);
  }

  /**
   * Does it.
   *
   * @throws PeerLeftException when the client left
   * @throws ProtocolException when the client's body broke a rule
   */
  Ending run() throws PeerLeftException, ProtocolException {
    try {
      // Before the first head is written, which says below which span its server works.
      branches.forEach(branch -> asks(branch.server()));
      branches.forEach(Branch::start);
      if (question.size() > 0) {
        ByteBuffer first = question.sentBytes();
        branches.forEach(branch -> branch.give(first));
      }
      feed(exchange.body());
      branches.forEach(Branch::endBody);
      while (!takeAnswers()) {
        answer.flush();
        await();
      }
      return answer.end();
    } finally {
      branches.forEach(Branch::cancel);
    }
  }

  private void asks(Upstream server) {
    UpstreamTarget target = call.settings().target(server);
    call.attempt(target);
    Trace trace = call.trace();
    if (trace != null) {
      trace.asks(call, target);
    }
  }

  /** Gives all of them the rest of the body, as fast as the slowest takes it. */
  private void feed(RequestBody body) throws PeerLeftException, ProtocolException {
    while (!body.done() && !branches.stream().allMatch(Branch::isSated)) {
      if (!branches.stream().allMatch(Branch::hasRoom)) {
        await();
      } else if (body.atHand()) {
        int length = Math.min(body.atHandBytes(), BufferPool.READ_BYTES);
        ByteBuffer piece = ByteBuffer.allocate(length);
        int count = body.take(piece);
        if (count > 0) {
          ByteBuffer taken = piece.flip();
          branches.forEach(branch -> branch.give(taken));
        }
      } else {
        body.await(null);
      }
    }
  }

  /** Takes what the servers have said by now; returns whether that was all. */
  private boolean takeAnswers() throws PeerLeftException {
    boolean ended = true;
    for (Branch branch : branches) {
      // Asked first: all lines that come before the end are there then.
      @Nullable Said said = branch.said();
      for (byte[] line = branch.pollLine(); line != null; line = branch.pollLine()) {
        answer.line(branch.server(), line);
      }
      if (said == null) {
        ended = false;
      } else {
        answer.said(branch.server(), said);
      }
    }
    return ended;
  }

  /** Waits until something has come from a server or the client. */
  private void await() throws PeerLeftException {
    Connection client = exchange.watched();
    if (client == null) {
      LockSupport.parkNanos(this, UNWATCHED_NANOS);
    } else {
      try {
        // The branches unpark this very thread, whatever it waits for.
        client.awaitReadable(null, Timer.NEVER, "what servers say");
      } catch (IOException e) {
        throw new PeerLeftException("the client's connection was closed", e);
      }
    }
    exchange.check();
  }
}
