package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.RouteGroup;
import ollama.gateway.proxy.QueriesOfDeath.Query;
import ollama.gateway.proxy.RetryPolicy.Progress;
import org.jspecify.annotations.Nullable;

/** One request's way from server to server, until one answers or none is left that may. */
final class Forwarding implements Silence.Exit {

  /** Of a request for which no other model will do. */
  static final BooleanSupplier NO_ALTERNATIVE = () -> false;

  /** What a client is told to wait when no server is up: they are checked every second. */
  private static final int RETRY_AFTER_SECONDS = 1;

  /** How long servers may take to tell whether they have a model that nobody seems to have. */
  private static final int LOOK_MILLIS = 2_000;

  private static final String UNLISTED =
      "it never told which models it has (/api/tags), and the key may not use those that run at"
          + " ollama.com: give it the endpoints \"cloud\" too, or mend the server";

  /** Servers that may die with one request. */
  private static final int DEATHS_MAX = 2;

  private final OnePlan plan;
  private final Call call;
  private final Question question;
  private final boolean repeatable;
  private final String model;
  private final Picking picking;
  private final BooleanSupplier alternative;
  private final Turn turn;
  private List<Upstream> tried = List.of();
  private @Nullable Failure last;
  private int deaths;

  /**
   * A way that hasn't begun.
   *
   * @param repeatable whether doing the request twice is harmless
   * @param work what is asked of a server
   * @param picking from which servers it takes one for each try, unless it goes through the line
   * @param alternative whether another model could be asked just now, should this one not be served
   */
  Forwarding(
      OnePlan plan,
      Call call,
      Question question,
      boolean repeatable,
      Work work,
      Picking picking,
      BooleanSupplier alternative) {
    this.plan = plan;
    this.call = call;
    this.question = question;
    this.repeatable = repeatable;
    this.model = work.model();
    this.picking = picking;
    this.alternative = alternative;
    this.turn = new Turn(call, work, picking, alternative);
  }

  /** Goes it, where there is no alternative. */
  Ending run() throws PeerLeftException, ProtocolException {
    return runUnlessAlternative().orElseThrow();
  }

  /** Goes it; empty where the alternative is to be asked, and the client has got nothing yet. */
  Optional<Ending> runUnlessAlternative() throws PeerLeftException, ProtocolException {
    Balancer balancer = call.settings().balancer();
    plan.retryBudget().request();
    if (!model.isEmpty()) {
      balancer.look(model, LOOK_MILLIS);
    }
    while (true) {
      Optional<Stay> next = turn.next(tried);
      if (next.isEmpty()) {
        return notServed();
      }
      Upstream server = next.get().server();
      if (last != null) {
        plan.metrics().retry(retryReason(last));
        plan.metrics().upstreams().retried(server.toString());
      }
      addTried(server);
      Outcome outcome;
      try (Stay stay = next.get()) {
        if (!ModelScope.isKnownAt(call, server, model)) {
          call.attempt(call.settings().target(server));
          outcome = new Outcome.Failed(Failure.UNLISTED, UNLISTED);
        } else if (ModelScope.mayRunAt(call, server, model)) {
          outcome = attempt(stay);
        } else {
          return Optional.of(refuse(Refusal.lacks(RouteGroup.CLOUD)));
        }
      }
      // No switch: the JVM makes one of patterns anew in each process, at the first request's cost.
      if (outcome instanceof Ending ending) {
        return Optional.of(end(ending, server));
      }
      if (outcome instanceof Outcome.Failed failed) {
        if (failed.failure() == Failure.MISSING) {
          plan.metrics().fallback("missing");
          return Optional.empty();
        }
        Optional<Refusal> refusal = giveUp(failed, server);
        if (refusal.isPresent()) {
          return Optional.of(refuse(refusal.get()));
        }
      }
    }
  }

  /** The line has no server for it, or none soon. */
  private Optional<Ending> notServed() throws PeerLeftException {
    boolean hasRefusal = turn.refusal().isPresent();
    if (turn.isGivenUp() || (!hasRefusal && alternative.getAsBoolean())) {
      plan.metrics().fallback(turn.isGivenUp() ? "waiting" : "no_server");
      return Optional.empty();
    }
    return Optional.of(refuse(turn.refusal().orElseGet(this::noServer)));
  }

  /** Nearly always there is one only, and no list that could grow is made for it. */
  private void addTried(Upstream server) {
    if (tried.isEmpty()) {
      tried = List.of(server);
    } else {
      tried = new ArrayList<>(tried);
      tried.add(server);
    }
  }

  private Ending end(Ending ending, Upstream server) throws PeerLeftException {
    if (ending instanceof Ending.Cut cut) {
      plan.recorder().serverFailed(call, cut.failure(), cut.why());
    } else {
      picking.ended(server, status());
      call.settle(false);
      // The server has its hands free, and its connection is back, however long the client takes.
      call.exchange().response().end();
    }
    return ending;
  }

  private int status() {
    return call.heartbeat().status(call.exchange().response().status());
  }

  private Ending refuse(Refusal refusal) throws PeerLeftException {
    return new RefusePlan(refusal, plan.recorder()).run(call);
  }

  /** What the client is told after this failure; empty when another server is to be tried. */
  private Optional<Refusal> giveUp(Outcome.Failed failed, Upstream server) {
    Failure failure = failed.failure();
    if (failure == Failure.OUT_OF_DESCRIPTORS) {
      return Optional.of(Refusal.OUT_OF_DESCRIPTORS);
    }
    last = failure;
    plan.recorder().serverFailed(call, failure, failed.why());
    if (failure.progress() == Progress.ANSWERED) {
      // That it goes on was found when the answer came.
      return Optional.empty();
    }
    if (failure.isBlamed()) {
      blame(server, failed.why());
    }
    if (!RetryPolicy.mayRetry(failure.progress(), repeatable, question.whole())) {
      return Optional.of(refusal(failure));
    }
    if (failure == Failure.DIED) {
      server.reportSilence();
      deaths++;
      if (isQueryOfDeath()) {
        return Optional.of(refusal(failure));
      }
    }
    return turn.hasNext(tried) && !takeRetry() ? Optional.of(refusal(failure)) : Optional.empty();
  }

  /** It may be left out where there is another one. */
  private void blame(Upstream server, String why) {
    server.reportFailure(why, call.settings().balancer().servers().size() > 1);
  }

  /** Whether it may be tried once more. */
  private boolean takeRetry() {
    boolean taken = plan.retryBudget().take();
    if (!taken) {
      plan.metrics().retryWithheld();
    }
    return taken;
  }

  /** Whether the request could leave the server that it is with, should that be dead. */
  @Override
  public boolean isOpen() {
    return RetryPolicy.mayRetry(Progress.DEAD, repeatable, question.whole())
        && picking.hasUp(tried::contains);
  }

  @Override
  public boolean isTakenAfter(int status) {
    if (RetryPolicy.isMissing(status)) {
      return RetryPolicy.mayRetry(Progress.ANSWERED, repeatable, question.whole())
          && alternative.getAsBoolean();
    }
    blame(tried.getLast(), Failure.byStatus(status));
    if (!RetryPolicy.mayRetry(Progress.ANSWERED, repeatable, question.whole())) {
      return false;
    }
    if (RetryPolicy.isDeath(status)) {
      deaths++;
      if (isQueryOfDeath()) {
        return false;
      }
    }
    long now = System.nanoTime();
    return picking.hasUp(s -> tried.contains(s) || s.ejection().isBarred(now)) && takeRetry();
  }

  /**
   * Whether a request that a server took whole before it died is to be kept from the others: one
   * that does so twice would go on until no server is left. To answer that a server behind it
   * failed is as good as to die.
   */
  private boolean isQueryOfDeath() {
    QueriesOfDeath known = plan.queriesOfDeath();
    String key = call.identity().keyName();
    Query query = new Query(key, call.route(), question.size(), question.digest());
    if (deaths < DEATHS_MAX && !known.knows(query)) {
      return false;
    }
    known.add(query);
    plan.recorder()
        .refused(
            call,
            "query_of_death",
            "each server that took it closed the connection or answered that it failed, and it"
                + " goes to no other (request "
                + call.loggedId()
                + ")");
    return true;
  }

  /** One server's turn. */
  private Outcome attempt(Stay stay) throws PeerLeftException, ProtocolException {
    UpstreamTarget target = call.settings().target(stay.server());
    call.attempt(target);
    Trace trace = call.trace();
    if (trace == null) {
      return tryOn(stay);
    }
    trace.asks(call, target);
    Outcome outcome = tryOn(stay);
    trace.ended(target, outcome, status());
    return outcome;
  }

  /**
   * On an idle connection if there is one. When the server had closed that one, a new one is the
   * same try, since it says nothing about the server.
   */
  private Outcome tryOn(Stay stay) throws PeerLeftException, ProtocolException {
    Attempt first = newAttempt(stay);
    Outcome outcome = first.run(repeatable && canBeSentAgain());
    boolean stale =
        outcome instanceof Outcome.Failed failed
            && RetryPolicy.wasStale(failed.failure().progress(), first.reused(), question.whole());
    if (!stale) {
      return outcome;
    }
    Outcome second = newAttempt(stay).run(false);
    boolean gone =
        second instanceof Outcome.Failed failed && failed.failure() == Failure.UNREACHABLE;
    // It took the request and is there no more: that wasn't the end of an idle connection.
    return gone ? outcome : second;
  }

  private Attempt newAttempt(Stay stay) {
    return new Attempt(call, plan.client(), stay, question, plan.recorder(), this);
  }

  /**
   * Whether it may go on an idle connection: the server may be about to close that, and then
   * everything must be sent again.
   */
  private boolean canBeSentAgain() {
    return question.whole() && call.exchange().body().done();
  }

  /** As it is counted. */
  private static String retryReason(Failure failure) {
    return switch (failure.progress()) {
      case NOT_CONNECTED -> "connect";
      case DEAD -> "silent";
      case ANSWERED -> failure == Failure.BUSY ? "busy" : "failed";
      default -> "no_response";
    };
  }

  private Refusal noServer() {
    String message =
        last == null
            ? whyNone()
            : "No Ollama server is available: "
                + tried.size()
                + " tried, the last "
                + last.words()
                + idOfRequest();
    return new Refusal(503, message, RETRY_AFTER_SECONDS);
  }

  /** Why none is tried. */
  private String whyNone() {
    List<Upstream> servers = call.settings().balancer().servers();
    if (servers.isEmpty()) {
      return "No Ollama server is configured";
    }
    List<Upstream> having = servers.stream().filter(s -> !s.inventory().lackedLast(model)).toList();
    boolean drained = (having.isEmpty() ? servers : having).stream().allMatch(Upstream::draining);
    return drained
        ? "Every Ollama server that could answer this is being drained"
        : "Every Ollama server that could answer this is down or being drained";
  }

  private Refusal refusal(Failure failure) {
    return new Refusal(failure.status(), "The Ollama server " + failure.words() + idOfRequest());
  }

  /** Under this the log has the address, and more. */
  private String idOfRequest() {
    return " (request " + call.idText() + ")";
  }
}
