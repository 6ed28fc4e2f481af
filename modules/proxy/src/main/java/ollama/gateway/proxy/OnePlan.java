package ollama.gateway.proxy;

import java.util.List;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.ollama.BodyWatch;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.Route;

/** One server answers: the first that does, as far as trying another is harmless. */
final class OnePlan implements Plan {

  static final String V1_MODELS = "/v1/models/";
  static final String MODEL = "model";

  private final UpstreamClient client;
  private final GatewayMetrics metrics;
  private final Recorder recorder;
  private final BodyChecks checks;
  private final BodyMemory memory = new BodyMemory(MemoryBudget.quarterOfHeap());
  private final Decoding decoding;
  private final KeyOptions options;
  private final Accounting accounting;
  private final Writes writes = new Writes(this);
  private final QueriesOfDeath queriesOfDeath = new QueriesOfDeath(System::nanoTime);
  private final RetryBudget retryBudget = new RetryBudget(System::nanoTime);

  OnePlan(UpstreamClient client, GatewayMetrics metrics, Recorder recorder, OffLoop offLoop) {
    this.client = client;
    this.metrics = metrics;
    this.recorder = recorder;
    this.checks = new BodyChecks(offLoop);
    this.decoding = new Decoding(memory.whole(), offLoop);
    this.options = new KeyOptions(checks, decoding);
    this.accounting = new Accounting(offLoop);
  }

  @Override
  public Ending run(Call call) throws PeerLeftException, ProtocolException {
    boolean repeatable = RetryPolicy.repeatable(call.head().method(), call.route());
    int replayBytes = repeatable ? call.settings().config().limits().replayBytes() : 0;
    int keptBytes = Math.max(replayBytes, accounting.keptBytes(call));
    int lookBytes = Math.max(ModelScope.keptBytes(call), KeyOptions.keptBytes(call));
    int maxBytes = Math.max(keptBytes, lookBytes);
    try (Question question = new Question(maxBytes, memory.of(call))) {
      question.fill(call.exchange().body(), canPass(call) ? keptBytes : maxBytes);
      Optional<Refusal> refusal = readToModel(call, question);
      if (refusal.isEmpty()) {
        refusal = checkScope(call, question).or(() -> options.apply(call, question));
      }
      if (refusal.isPresent()) {
        return new RefusePlan(refusal.get(), recorder).run(call);
      }
      if (Writes.isUnload(call, question)) {
        return writes.unload(call, question);
      }
      Work work = work(call, question);
      accounting.begin(call, question);
      if (lacksModel(call, question, work)) {
        recorder.withoutModel();
      }
      List<Aliases.Target> targets = targets(call, work.model());
      if (!targets.isEmpty()) {
        if (Decoding.suits(call) && !question.isDecoded()) {
          boolean closes = !call.exchange().body().done();
          Refusal unfit = Refusal.aliasInCompressed(work.model(), closes);
          return new RefusePlan(unfit, recorder).run(call);
        }
        return new AliasRun(this, call, question, work, targets).run();
      }
      if (Writes.isUnused(call, work.model())) {
        return new RefusePlan(Refusal.noSuchModel(work.model()), recorder).run(call);
      }
      return forwarding(call, question, repeatable, work).run();
    }
  }

  /** Whether what has to be known, or changed, of a body can be while it passes. */
  private static boolean canPass(Call call) {
    return ModelScope.canWatch(call) || KeyOptions.canPass(call);
  }

  /**
   * Reads on where it has to be known which model is meant. What follows is watched, and changed,
   * while it passes.
   */
  private Optional<Refusal> readToModel(Call call, Question question)
      throws PeerLeftException, ProtocolException {
    if (call.exchange().body().done() || !canPass(call)) {
      return Optional.empty();
    }
    BodyWatch watch = ModelScope.newWatch(call);
    Optional<Refusal> busy =
        checks.run(
            question.size(),
            () -> {
              watch.passes(question.bytes(), 0, question.size());
              return Optional.empty();
            });
    if (busy.isEmpty()) {
      Passing passing = new Passing(watch, ModelScope.canWatch(call));
      question.fillToModel(call.exchange().body(), passing);
    }
    return busy;
  }

  /** As {@link ModelScope#check}; off the loop where it would hold up all that the loop carries. */
  Optional<Refusal> checkScope(Call call, Question question) {
    ModelScope.prepare(call);
    if (ModelScope.keptBytes(call) == 0) {
      return ModelScope.check(call, question);
    }
    Optional<Refusal> busy = decoding.replace(call, question);
    if (busy.isPresent()) {
      return busy;
    }
    return checks.run(question.size(), () -> ModelScope.check(call, question));
  }

  private Forwarding forwarding(Call call, Question question, boolean repeatable, Work work) {
    Picking picking = picking(call, work);
    return new Forwarding(
        this, call, question, repeatable, work, picking, Forwarding.NO_ALTERNATIVE);
  }

  /** Whether there should be a model, and none was found in what is kept. */
  private static boolean lacksModel(Call call, Question question, Work work) {
    return call.route().kind() == Route.Kind.INFERENCE
        && work.model().isEmpty()
        && (question.size() > 0 || !call.exchange().body().done());
  }

  /** The models behind the name that is asked for, as far as the key may use them. */
  static List<Aliases.Target> targets(Call call, String model) {
    if (call.settings().aliases().isEmpty() || !AliasRun.suits(call.route())) {
      return List.of();
    }
    List<Aliases.Target> behind = call.settings().aliases().behind(model);
    Optional<Principal> principal = call.identity().principal();
    return principal.isEmpty()
        ? behind
        : behind.stream()
            .filter(t -> ModelScope.mayRun(call.settings(), principal.get(), t))
            .toList();
  }

  /** What is asked of a server, by what the body says, whether it is compressed or not. */
  private Work work(Call call, Question question) {
    boolean isEnd = call.exchange().body().done();
    if (question.size() == 0 || question.isDecoded() || !Decoding.suits(call)) {
      return work(call, question, isEnd);
    }
    try (Decoding.Look look = decoding.look(question, isEnd)) {
      Work work = work(call, look.text(), look.isWhole());
      boolean isChanged =
          accounting.hasToAsk(call, look.text()) || !targets(call, work.model()).isEmpty();
      if (look.isWhole() && isChanged) {
        question.become(look.text());
      }
      return work;
    }
  }

  /** With one server there is nothing to choose, and less is looked at. */
  private Work work(Call call, Question question, boolean isEnd) {
    Balancer balancer = call.settings().balancer();
    if (call.route() == Route.V1_TRANSCRIPTIONS) {
      Work work = Errand.work(call, modelOfForm(call, question));
      accounting.meter(call, question, isEnd, work);
      return work;
    }
    if (call.route().kind() == Route.Kind.INFERENCE) {
      ModelRequest request = question.request(call.route(), isEnd, balancer.heedsModels());
      call.streamed(request.isStreamed());
      call.heartbeat(Heartbeat.of(call, request, recorder));
      Work work = Errand.work(call, request);
      accounting.meter(call, question, isEnd, work);
      return work;
    }
    if (!balancer.needsModel() && call.settings().aliases().isEmpty()) {
      return Work.NONE;
    }
    Optional<ModelName> described =
        switch (call.route()) {
          case V1_MODEL ->
              ModelName.of(Percent.decode(call.target().path()).substring(V1_MODELS.length()));
          case SHOW -> question.request(Route.SHOW, isEnd, false).model();
          default -> Optional.empty();
        };
    return described.map(name -> Work.of(name.toString())).orElse(Work.NONE);
  }

  /** As Ollama reads it: the target comes first. */
  private static Optional<ModelName> modelOfForm(Call call, Question question) {
    List<String> said = call.target().parameters(MODEL);
    if (!said.isEmpty()) {
      return ModelName.of(said.getFirst());
    }
    return question.field(contentType(call), MODEL).flatMap(ModelName::of);
  }

  /** What the body says to be; empty if it doesn't. */
  static String contentType(Call call) {
    Fields fields = call.head().fields();
    int type = fields.indexOf("content-type");
    return type < 0 ? "" : fields.value(type);
  }

  /** How a server is picked for what runs no model. */
  private static Picking picking(Call call, Work work) {
    Balancer balancer = call.settings().balancer();
    return call.route() == Route.VERSION && balancer.heedsModels()
        ? Picking.oldest(balancer)
        : Writes.renewing(call, Picking.ofModel(balancer, work.model()));
  }

  /** What changes models, and keeps bodies within the same budget. */
  Writes writes() {
    return writes;
  }

  BodyMemory memory() {
    return memory;
  }

  UpstreamClient client() {
    return client;
  }

  GatewayMetrics metrics() {
    return metrics;
  }

  Recorder recorder() {
    return recorder;
  }

  QueriesOfDeath queriesOfDeath() {
    return queriesOfDeath;
  }

  RetryBudget retryBudget() {
    return retryBudget;
  }
}
