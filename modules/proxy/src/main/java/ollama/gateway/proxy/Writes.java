package ollama.gateway.proxy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.Route;

/**
 * Where models are changed, with several servers. What makes one goes to the server of its client's
 * sequence; what copies, deletes or unloads one goes to every server that has it; and where a
 * client names servers, it is those.
 */
final class Writes {

  /** How long servers may take to tell what they have. */
  private static final int LOOK_MILLIS = 2_000;

  /** A request to unload a model says little more than which one. */
  private static final int UNLOAD_BYTES_MAX = 16 * 1024;

  private final OnePlan plan;
  private final Sequences sequences = new Sequences(System::nanoTime);

  /** One that sends to a single server as that plan does. */
  Writes(OnePlan plan) {
    this.plan = plan;
  }

  /** Whether a request unloads a model, and there are several servers that may have it loaded. */
  static boolean isUnload(Call call, Question question) {
    int size = question.size();
    boolean may =
        switch (call.route()) {
          case GENERATE, CHAT, EMBED, EMBEDDINGS -> size > 0 && size <= UNLOAD_BYTES_MAX;
          default -> false;
        };
    return may
        && call.settings().balancer().servers().size() > 1
        && call.exchange().body().done()
        && question.request(call.route(), true).isUnload();
  }

  /** Unloads a model wherever it may be loaded. */
  Ending unload(Call call, Question question) throws PeerLeftException, ProtocolException {
    ServerNames named = ServerNames.take(call);
    if (named.unknown().isPresent()) {
      return refuse(call, unknown(call, named.unknown().get()));
    }
    String model = text(question.request(call.route(), true).model());
    List<Aliases.Target> targets = OnePlan.targets(call, model);
    if (!targets.isEmpty()) {
      model = new AliasRun(plan, call, question, Work.NONE, targets).renameToFirst();
    }
    if (isUnused(call, model)) {
      return refuse(call, Refusal.unusedModel(model));
    }
    List<Upstream> servers = named.isSaid() ? named.servers() : holders(call, model);
    return toAll(call, question, servers, model, true);
  }

  /** Does what a request of one of the routes asks for that change models. */
  Ending run(Call call, Question question) throws PeerLeftException, ProtocolException {
    Route route = call.route();
    ModelRequest request = question.request(route, call.exchange().body().done());
    Optional<ModelName> alias = alias(call.settings().aliases(), request);
    if (alias.isPresent()) {
      return refuse(call, standsForOthers(call, alias.get()));
    }
    if (call.settings().balancer().servers().size() < 2) {
      Picking only = Picking.ofModel(call.settings().balancer(), "");
      return toOne(call, question, only, "");
    }
    ServerNames named = ServerNames.take(call);
    if (named.unknown().isPresent()) {
      return refuse(call, unknown(call, named.unknown().get()));
    }
    String model = text(route == Route.COPY ? request.source() : request.model());
    for (String each : List.of(model, text(request.destination()))) {
      if (isUnused(call, each)) {
        return refuse(call, Refusal.unusedModel(each));
      }
    }
    if (named.isSaid()) {
      return toAll(call, question, named.servers(), model, route == Route.DELETE);
    }
    Balancer balancer = call.settings().balancer();
    return switch (route) {
      case COPY, DELETE -> toAll(call, question, holders(call, model), model, true);
      case PUSH -> toOne(call, question, Picking.ofModel(balancer, model), model);
      default -> {
        String base = text(route == Route.CREATE ? request.from() : request.model());
        // What is pulled is new as a rule, and not worth a look.
        String look = route == Route.CREATE ? base : "";
        yield toOne(call, question, new SequencePicking(sequences, call, base), look);
      }
    };
  }

  /**
   * The servers that are up and don't lack a model now. They are asked: whoever brought it to one a
   * moment ago, without the gateway perhaps, means that one too.
   */
  private static List<Upstream> holders(Call call, String model) {
    if (model.isEmpty()) {
      return List.of();
    }
    Balancer balancer = call.settings().balancer();
    if (call.settings().heedsModels()) {
      balancer.renew(up(balancer), LOOK_MILLIS);
    }
    return up(balancer).stream()
        .filter(server -> !balancer.heedsModels() || !server.inventory().lacks(model))
        .toList();
  }

  /** Whether no server would be asked for a model, whoever has it. */
  static boolean isUnused(Call call, String model) {
    return !model.isEmpty() && !call.settings().balancer().allows(model);
  }

  private static List<Upstream> up(Balancer balancer) {
    return balancer.servers().stream().filter(Upstream::up).toList();
  }

  /**
   * Has it done by each of these; without any, by one that says why it can't be done.
   *
   * @param forgives whether it is no failure that some haven't the model
   */
  private Ending toAll(
      Call call, Question question, List<Upstream> servers, String model, boolean forgives)
      throws PeerLeftException, ProtocolException {
    Balancer balancer = call.settings().balancer();
    if (servers.isEmpty()) {
      return toOne(call, question, Picking.ofModel(balancer, model), model);
    }
    if (servers.size() == 1) {
      return toOne(call, question, Picking.only(balancer, servers.getFirst()), "");
    }
    boolean isDone = call.exchange().body().done();
    if (call.route() != Route.BLOB && !isDone) {
      return refuse(call, tooLarge(call));
    }
    boolean streams =
        switch (call.route()) {
          case CREATE, PULL, PUSH -> question.request(call.route(), true).isStreamed();
          default -> false;
        };
    return new FanOut(plan, call, question, servers, streams, forgives).run();
  }

  private Ending toOne(Call call, Question question, Picking picking, String look)
      throws PeerLeftException, ProtocolException {
    boolean repeatable = RetryPolicy.repeatable(call.head().method(), call.route());
    if (!look.isEmpty()) {
      call.settings().balancer().look(look, LOOK_MILLIS);
    }
    return new Forwarding(
            plan,
            call,
            question,
            repeatable,
            Work.NONE,
            renewing(call, picking),
            Forwarding.NO_ALTERNATIVE)
        .run();
  }

  /** The same, but where a request changes models, what its server has is asked anew behind it. */
  static Picking renewing(Call call, Picking picking) {
    return isNews(call)
        ? Picking.renewing(picking, call.settings().balancer(), LOOK_MILLIS)
        : picking;
  }

  /** Takes note of what servers have now, so that the next request finds it. */
  static void renew(Call call, List<Upstream> changed) {
    if (isNews(call)) {
      call.settings().balancer().renew(changed, LOOK_MILLIS);
    }
  }

  /** Whether a request changes models, and that is to be known at once. */
  private static boolean isNews(Call call) {
    if (!call.settings().heedsModels()) {
      return false;
    }
    return switch (call.route()) {
      case CREATE, PULL, COPY, DELETE -> true;
      default -> false;
    };
  }

  private Ending refuse(Call call, Refusal refusal) throws PeerLeftException {
    return new RefusePlan(refusal, plan.recorder()).run(call);
  }

  /** A name in a request that only stands for others. */
  private static Optional<ModelName> alias(Aliases aliases, ModelRequest request) {
    for (Optional<ModelName> name :
        List.of(request.model(), request.source(), request.destination(), request.from())) {
      if (aliases.standsForOthers(name)) {
        return name;
      }
    }
    return Optional.empty();
  }

  private static Refusal standsForOthers(Call call, ModelName alias) {
    String behind =
        call.settings().aliases().behind(alias.toString()).stream()
            .map(Aliases.Target::text)
            .collect(Collectors.joining(", "));
    String message =
        alias + " is no model but a name that the gateway has for others: name one of " + behind;
    return new Refusal(400, message);
  }

  private static Refusal unknown(Call call, String name) {
    String known =
        call.settings().balancer().servers().stream()
            .map(ServerNames::name)
            .collect(Collectors.joining(", "));
    String message =
        "No server is called " + name + ": servers= takes names out of " + known + ", or all";
    return new Refusal(400, message);
  }

  private static Refusal tooLarge(Call call) {
    String message =
        "This body is too large to be sent to several servers: more than "
            + call.settings().config().limits().replayBytes()
            + " bytes (limits.replayBytes) aren't kept for that. Send it to each, with"
            + " ?servers=NAME";
    return new Refusal(413, message, 0, Optional.empty(), true);
  }

  private static String text(Optional<ModelName> name) {
    return name.map(ModelName::toString).orElse("");
  }
}
