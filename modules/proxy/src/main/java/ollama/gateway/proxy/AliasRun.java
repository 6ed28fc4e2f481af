package ollama.gateway.proxy;

import java.util.List;
import java.util.Optional;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.Route;

/**
 * A request for a name that stands for models: the first of them is asked that a server can serve,
 * and the next one where it turns out that it can't. The name is replaced in what the server gets,
 * and nothing else.
 */
final class AliasRun {

  private final OnePlan plan;
  private final Call call;
  private final Question question;
  private final Work work;
  private final List<Aliases.Target> targets;
  private final Balancer balancer;

  /**
   * One that isn't begun.
   *
   * @param work what is asked of a server, whichever model
   * @param targets the models, at least one
   */
  AliasRun(OnePlan plan, Call call, Question question, Work work, List<Aliases.Target> targets) {
    this.plan = plan;
    this.call = call;
    this.question = question;
    this.work = work;
    this.targets = targets;
    this.balancer = call.settings().balancer();
  }

  Ending run() throws PeerLeftException, ProtocolException {
    boolean repeatable = RetryPolicy.repeatable(call.head().method(), call.route());
    int at = first();
    if (at < 0) {
      return new RefusePlan(Refusal.noSuchModel(work.model()), plan.recorder()).run(call);
    }
    if (at > 0) {
      plan.metrics().fallback("no_server");
    }
    while (true) {
      int next = at + 1;
      Aliases.Target target = targets.get(at);
      rename(call, question, target);
      Forwarding forwarding =
          new Forwarding(
              plan,
              call,
              question,
              repeatable,
              work.withModel(target.model()),
              Picking.ofModel(balancer, target.model()),
              () -> servable(next) >= 0);
      Optional<Ending> ending = forwarding.runUnlessAlternative();
      if (ending.isPresent()) {
        return ending.get();
      }
      // It could be served a moment ago; if that is over, its own answer says why.
      at = Math.max(next, servable(next));
    }
  }

  /** Where to begin; below 0 where no server may be used for any. */
  private int first() {
    int first = servable(0);
    if (first != 0) {
      // Who made the first a moment ago isn't waited for, but found soon.
      balancer.refresh();
    }
    for (int i = 0; first < 0 && i < targets.size(); i++) {
      first = balancer.allows(targets.get(i).model()) ? i : -1;
    }
    return first;
  }

  /** The first from an index on that a server can serve as far as is known; below 0 if none. */
  private int servable(int from) {
    for (int i = from; i < targets.size(); i++) {
      if (balancer.canServe(targets.get(i).model())) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Has the model asked that would be asked first, without another one behind it.
   *
   * @return its canonical name
   */
  String renameToFirst() {
    Aliases.Target target = targets.get(Math.max(0, servable(0)));
    rename(call, question, target);
    return target.model();
  }

  private static void rename(Call call, Question question, Aliases.Target target) {
    String model = target.text();
    call.servedModel(model);
    switch (call.route()) {
      case V1_MODEL -> call.target(call.target().withPath(OnePlan.V1_MODELS + model));
      case V1_TRANSCRIPTIONS -> {
        if (call.target().parameters(OnePlan.MODEL).isEmpty()) {
          question.renameInForm(OnePlan.contentType(call), OnePlan.MODEL, model);
        } else {
          call.target(call.target().with(OnePlan.MODEL, model));
        }
      }
      default -> question.rename(call.route(), Json.quote(model));
    }
  }

  /** Whether names are replaced in what a route gets. */
  static boolean suits(Route route) {
    return route.kind() == Route.Kind.INFERENCE || route == Route.SHOW || route == Route.V1_MODEL;
  }
}
