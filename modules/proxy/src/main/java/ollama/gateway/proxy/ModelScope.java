package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.ollama.BodyWatch;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.Route;
import ollama.gateway.ollama.RouteGroup;

/**
 * Whether a key may use the models that a request names: all of them, each as Ollama would read it.
 * What can be read in two ways isn't let through, nor what can't be read at all.
 */
final class ModelScope {

  /** True of a key with patterns, and of one without cloud. */
  private static final String LIMITED = "This API key may not use every model";

  private static final Refusal NO_JSON =
      new Refusal(400, LIMITED + ", and the body isn't a whole JSON object: send one");
  private static final Refusal NO_FORM =
      new Refusal(
          400,
          LIMITED
              + ", and the body isn't a form that is whole and can be read in one way: send"
              + " multipart/form-data");
  private static final Refusal NO_FIELD =
      new Refusal(400, LIMITED + ", and the form has no field `model`: add one");
  private static final Refusal NAMED_TWICE =
      new Refusal(400, LIMITED + ", and the body names its model twice: name it once");
  private static final Refusal NO_NAME =
      new Refusal(400, LIMITED + ", and what the request names isn't the name of one");
  private static final Refusal ENCODED =
      new Refusal(
          415,
          LIMITED
              + ", and the body can't be read: send it without Content-Encoding (or below /v1 in"
              + " zstd, well formed, with at most "
              + Zstd.TEXT_BYTES_MAX
              + " bytes before compression)");

  private static final int LOOK_MILLIS = 2_000;

  private ModelScope() {}

  /**
   * Makes sure that it is known which models run elsewhere, where that matters. Waits a moment
   * after a start.
   */
  static void prepare(Call call) {
    if (lacksCloud(call)) {
      call.settings().balancer().awaitFirstLooks(LOOK_MILLIS);
    }
  }

  /**
   * Whether it is known of the server that was chosen which of its models run elsewhere, where that
   * matters. One that never told is asked, and waited for a moment.
   */
  static boolean isKnownAt(Call call, Upstream server, String model) {
    return model.isEmpty()
        || !mattersAtServer(call)
        || server.inventoryTold(LOOK_MILLIS).remote().isPresent();
  }

  /** Whether a model may be run at the server that was chosen, as far as that told. */
  static boolean mayRunAt(Call call, Upstream server, String model) {
    return !mattersAtServer(call) || !server.inventory().isRemote(model);
  }

  private static boolean mattersAtServer(Call call) {
    return call.route().kind() == Route.Kind.INFERENCE && lacksCloud(call);
  }

  private static boolean lacksCloud(Call call) {
    return call.identity().principal().filter(who -> !who.mayUse(RouteGroup.CLOUD)).isPresent();
  }

  /** How much of a body is to be kept for it; 0 where that doesn't matter. */
  static int keptBytes(Call call) {
    return isAsked(call) && namesModelInBody(call.route())
        ? call.settings().config().limits().questionBytes()
        : 0;
  }

  /** Whether a body that is too large to be kept can be watched for it while it passes. */
  static boolean canWatch(Call call) {
    return keptBytes(call) > 0
        && call.route().kind() == Route.Kind.INFERENCE
        && call.route() != Route.V1_TRANSCRIPTIONS
        && !Decoding.isEncoded(call.head().fields());
  }

  /** What watches it. */
  static BodyWatch newWatch(Call call) {
    return new BodyWatch(call.route(), lacksCloud(call));
  }

  /**
   * Why the request may not go on, by what passed of its body; empty if it may.
   *
   * @param watch which has seen the body until here
   */
  static Optional<Refusal> found(BodyWatch watch) {
    return switch (watch.finding()) {
      case NOTHING -> Optional.empty();
      case SECOND_MODEL -> Optional.of(NAMED_TWICE);
      case SEARCH -> Optional.of(Refusal.lacks(RouteGroup.CLOUD));
    };
  }

  /**
   * Why a request may not go on; empty if it may.
   *
   * @param question what is here of its body
   */
  static Optional<Refusal> check(Call call, Question question) {
    Optional<Principal> principal = call.identity().principal();
    if (!isAsked(call) || principal.isEmpty()) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>();
    if (call.route() == Route.V1_MODEL) {
      names.add(Percent.decode(call.target().path()).substring(OnePlan.V1_MODELS.length()));
    } else if (namesModelInBody(call.route())) {
      Optional<Refusal> refusal = read(call, question, names);
      if (refusal.isPresent()) {
        return refusal;
      }
      if (!principal.get().mayUse(RouteGroup.CLOUD) && question.usesCloud(call.route())) {
        return Optional.of(Refusal.lacks(RouteGroup.CLOUD));
      }
    }
    for (String name : names) {
      Optional<ModelName> model = ModelName.of(name);
      if (model.isEmpty()) {
        return Optional.of(NO_NAME);
      }
      if (!mayUse(call, principal.get(), model.get())) {
        return Optional.of(refusal(principal.get(), model.get()));
      }
    }
    return Optional.empty();
  }

  /** Whether a model may be used that is asked for by this name, and stands in lists. */
  static boolean mayUse(Call call, Principal principal, ModelName model) {
    if (!principal.mayUse(model)) {
      return false;
    }
    Settings settings = call.settings();
    List<Aliases.Target> behind = settings.aliases().behind(model.toString());
    return behind.isEmpty()
        ? mayRun(settings, principal, model)
        : behind.stream().anyMatch(target -> mayRun(settings, principal, target));
  }

  /** Whether a model may be asked that stands behind an alias. */
  static boolean mayRun(Settings settings, Principal principal, Aliases.Target target) {
    return ModelName.of(target.text())
        .filter(model -> mayRun(settings, principal, model))
        .isPresent();
  }

  private static boolean mayRun(Settings settings, Principal principal, ModelName model) {
    return principal.mayUse(RouteGroup.CLOUD)
        || !(model.isCloud() || settings.balancer().isRemote(model.toString()));
  }

  private static Refusal refusal(Principal principal, ModelName model) {
    return principal.mayUse(model)
        ? Refusal.lacks(RouteGroup.CLOUD)
        : new Refusal(403, "This API key may not use the model " + model);
  }

  private static boolean isAsked(Call call) {
    return call.identity().principal().filter(Principal::isLimitedInModels).isPresent();
  }

  private static boolean namesModelInBody(Route route) {
    return route.kind() == Route.Kind.INFERENCE || route.kind() == Route.Kind.MODELS;
  }

  /** Adds the model of a body of which the rest will be watched; says why that can't be. */
  private static Optional<Refusal> readBeginning(Call call, Question question, List<String> names) {
    Optional<BodyWatch> watch = question.watch().filter(BodyWatch::hasModel);
    if (watch.isEmpty()) {
      return Optional.of(Refusal.ofUnread(call, question, LIMITED));
    }
    ModelRequest request = question.request(call.route(), false);
    if (request.state() == ModelRequest.State.BROKEN) {
      return Optional.of(NO_JSON);
    }
    if (!request.names().model().isEmpty()) {
      names.add(request.names().model());
    }
    return found(watch.get());
  }

  /** Adds the names in a body; says why none can be told. */
  private static Optional<Refusal> read(Call call, Question question, List<String> names) {
    if (!call.exchange().body().done()) {
      return readBeginning(call, question, names);
    }
    if (Decoding.isEncoded(call.head().fields()) && !question.isDecoded()) {
      return Optional.of(ENCODED);
    }
    if (call.route() == Route.V1_TRANSCRIPTIONS) {
      names.addAll(call.target().parameters(OnePlan.MODEL));
      // Of two, the first counts to Ollama, and to a server in Python the last.
      Optional<List<String>> fields = question.fields(OnePlan.contentType(call), OnePlan.MODEL);
      if (fields.isEmpty()) {
        return Optional.of(NO_FORM);
      }
      if (fields.get().size() != 1) {
        return Optional.of(fields.get().isEmpty() ? NO_FIELD : NAMED_TWICE);
      }
      names.addAll(fields.get());
      return Optional.empty();
    }
    if (question.size() == 0) {
      return Optional.empty();
    }
    ModelRequest request = question.request(call.route(), true);
    ModelRequest.Names said = request.names();
    if (!request.isComplete() || said.isAmbiguous()) {
      return Optional.of(request.isComplete() ? NAMED_TWICE : NO_JSON);
    }
    for (String name : List.of(said.model(), said.source(), said.destination(), said.from())) {
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    // Of a body that names none, no model can be run: a server says what is missing.
    return Optional.empty();
  }
}
