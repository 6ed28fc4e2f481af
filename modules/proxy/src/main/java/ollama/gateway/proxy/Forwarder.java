package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import ollama.gateway.auth.Principal;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Lease;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.proxy.Attempt.Result;
import ollama.gateway.proxy.QueriesOfDeath.Query;
import ollama.gateway.proxy.RetryPolicy.Progress;
import org.jspecify.annotations.Nullable;

/** Tries servers until one answers, as far as trying again is harmless. */
final class Forwarder {

  /** What a client is told to wait when no server is up: they are checked every second. */
  private static final int RETRY_AFTER_SECONDS = 1;

  /** Servers that may die with one request. */
  private static final int DEATHS_MAX = 2;

  private final UpstreamClient client;
  private final GatewayMetrics metrics;
  private final Recorder recorder;
  private final MemoryBudget budget = MemoryBudget.quarterOfHeap();
  private final QueriesOfDeath queriesOfDeath = new QueriesOfDeath(System::nanoTime);

  Forwarder(UpstreamClient client, GatewayMetrics metrics, Recorder recorder) {
    this.client = client;
    this.metrics = metrics;
    this.recorder = recorder;
  }

  /** How forwarding ended. */
  sealed interface Outcome {
    /** The client has the whole answer. */
    record Answered() implements Outcome {}

    /** The client has seen nothing yet and gets this refusal. */
    record Refused(Refusal refusal) implements Outcome {}

    /** The client has a part of the answer; its connection must be cut. */
    record Aborted(String why) implements Outcome {}
  }

  /**
   * Forwards a request.
   *
   * @throws PeerLeftException when the client left
   * @throws ProtocolException when the client's body broke a rule
   */
  Outcome forward(GatewayRequest request) throws PeerLeftException, ProtocolException {
    boolean repeatable = RetryPolicy.repeatable(request.head().method(), request.route());
    int keptBytesMax = repeatable ? request.settings().config().limits().replayBytes() : 0;
    try (Replay replay = new Replay(keptBytesMax, budget)) {
      return forward(request, replay, repeatable);
    }
  }

  private Outcome forward(GatewayRequest request, Replay replay, boolean repeatable)
      throws PeerLeftException, ProtocolException {
    List<Upstream> tried = new ArrayList<>(1);
    @Nullable Failure last = null;
    int deaths = 0;
    while (true) {
      Balancer balancer = request.settings().balancer();
      Optional<Lease> lease =
          tried.isEmpty() ? balancer.acquire() : balancer.acquire(tried::contains);
      if (lease.isEmpty()) {
        return new Outcome.Refused(noServer(request, tried.size(), last));
      }
      if (last != null) {
        metrics.retry(retryReason(last.progress()));
      }
      Upstream server = lease.get().server();
      tried.add(server);
      BooleanSupplier mayLeave =
          () ->
              RetryPolicy.mayRetry(Progress.DEAD, repeatable, replay.whole())
                  && balancer.hasUp(tried::contains);
      Result result;
      try (Lease held = lease.get()) {
        result = attempt(request, held.server(), replay, repeatable, mayLeave);
      }
      // No switch: the JVM makes one of patterns anew in each process, at the first request's cost.
      if (result instanceof Result.Answered) {
        // The server has its hands free, and its connection is back, however long the client takes.
        request.exchange().response().end();
        return new Outcome.Answered();
      }
      if (result instanceof Result.Aborted aborted) {
        recorder.serverFailed(request, aborted.failure(), aborted.why());
        return new Outcome.Aborted(aborted.why());
      }
      if (!(result instanceof Result.Failed failed)) {
        // Out of descriptors: another server wouldn't be reached either.
        Refusal refusal = Refusal.OUT_OF_DESCRIPTORS;
        recorder.refused(request, "descriptors", refusal.message());
        return new Outcome.Refused(refusal);
      }
      last = failed.failure();
      recorder.serverFailed(request, last, failed.why());
      if (!RetryPolicy.mayRetry(last.progress(), repeatable, replay.whole())) {
        return new Outcome.Refused(refusal(request, last));
      }
      if (last == Failure.DIED) {
        server.reportSilence();
        deaths++;
        if (isQueryOfDeath(request, replay, deaths)) {
          return new Outcome.Refused(refusal(request, last));
        }
      }
    }
  }

  /**
   * Whether a request that a server took whole before it died is to be kept from the others: one
   * that does so twice would go on until no server is left.
   */
  private boolean isQueryOfDeath(GatewayRequest request, Replay replay, int deaths) {
    String key = request.principal().map(Principal::name).orElse("");
    Query query = new Query(key, request.route(), replay.size(), replay.digest());
    if (deaths < DEATHS_MAX && !queriesOfDeath.knows(query)) {
      return false;
    }
    queriesOfDeath.add(query);
    recorder.refused(
        request,
        "query_of_death",
        "it ended the connection of each server that took it, and goes to no other (request "
            + request.idText()
            + ")");
    return true;
  }

  /**
   * One server's turn: on an idle connection if there is one. When the server had closed that one,
   * a new one is the same try, since it says nothing about the server.
   */
  private Result attempt(
      GatewayRequest request,
      Upstream server,
      Replay replay,
      boolean repeatable,
      BooleanSupplier mayLeave)
      throws PeerLeftException, ProtocolException {
    request.attempt(request.settings().target(server));
    Attempt first = new Attempt(request, client, server, replay, recorder, mayLeave);
    Result result = first.run(repeatable && canBeSentAgain(request, replay));
    boolean stale =
        result instanceof Result.Failed failed
            && RetryPolicy.wasStale(failed.failure().progress(), first.reused(), replay.whole());
    if (!stale) {
      return result;
    }
    Result second = new Attempt(request, client, server, replay, recorder, mayLeave).run(false);
    boolean gone =
        second instanceof Result.Failed failed && failed.failure() == Failure.UNREACHABLE;
    // It took the request and is there no more: that wasn't the end of an idle connection.
    return gone ? result : second;
  }

  /**
   * Whether all of a request's body will be kept, so that it may go on an idle connection: the
   * server may be about to close that, and then everything must be sent again.
   */
  private static boolean canBeSentAgain(GatewayRequest request, Replay replay) {
    RequestBody body = request.exchange().body();
    long left = body.leftBytes();
    return left >= 0
        ? replay.hasRoomFor(left)
        : body.endsAtHand() && replay.hasRoomFor(body.atHandBytes());
  }

  /** As it is counted. */
  private static String retryReason(Progress progress) {
    return switch (progress) {
      case NOT_CONNECTED -> "connect";
      case DEAD -> "silent";
      default -> "no_response";
    };
  }

  private static Refusal noServer(GatewayRequest request, int tried, @Nullable Failure last) {
    String message =
        last == null
            ? "No Ollama server is configured"
            : "No Ollama server is available: "
                + tried
                + " tried, the last "
                + last.words()
                + idOf(request);
    return new Refusal(503, message, RETRY_AFTER_SECONDS);
  }

  private static Refusal refusal(GatewayRequest request, Failure failure) {
    return new Refusal(failure.status(), "The Ollama server " + failure.words() + idOf(request));
  }

  /** Under this the log has the address, and more. */
  private static String idOf(GatewayRequest request) {
    return " (request " + request.idText() + ")";
  }
}
