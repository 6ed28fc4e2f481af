package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.Route;

/** One server answers: the first that does, as far as trying another is harmless. */
final class OnePlan implements Plan {

  private static final String V1_MODELS = "/v1/models/";

  /** How long servers may take to tell whether they have a model that nobody seems to have. */
  private static final int LOOK_MILLIS = 2_000;

  private final UpstreamClient client;
  private final GatewayMetrics metrics;
  private final Recorder recorder;
  private final MemoryBudget budget = MemoryBudget.quarterOfHeap();
  private final Writes writes = new Writes(this);
  private final QueriesOfDeath queriesOfDeath = new QueriesOfDeath(System::nanoTime);

  OnePlan(UpstreamClient client, GatewayMetrics metrics, Recorder recorder) {
    this.client = client;
    this.metrics = metrics;
    this.recorder = recorder;
  }

  @Override
  public Ending run(Call call) throws PeerLeftException, ProtocolException {
    boolean repeatable = RetryPolicy.repeatable(call.head().method(), call.route());
    boolean kept =
        repeatable || (call.route() == Route.SHOW && call.settings().balancer().heedsModels());
    int keptBytesMax = kept ? call.settings().config().limits().replayBytes() : 0;
    try (Question question = new Question(keptBytesMax, budget)) {
      question.fill(call.exchange().body());
      if (Writes.isUnload(call, question)) {
        return writes.unload(call, question);
      }
      Work work = work(call, question);
      return new Forwarding(this, call, question, repeatable, work, picking(call, question, work))
          .run();
    }
  }

  /** What is asked of a server; with one there is nothing to choose, and less is looked at. */
  private static Work work(Call call, Question question) {
    if (call.route().kind() != Route.Kind.INFERENCE) {
      return Work.NONE;
    }
    boolean choice = call.settings().balancer().heedsModels();
    return Errand.work(call, question.request(call.route(), call.exchange().body().done(), choice));
  }

  private static Picking picking(Call call, Question question, Work work) {
    Balancer balancer = call.settings().balancer();
    if (!balancer.heedsModels()) {
      return Picking.ofModel(balancer, work.model());
    }
    if (call.route() == Route.VERSION) {
      return Picking.oldest(balancer);
    }
    String described = described(call, question);
    if (described.isEmpty()) {
      return Picking.ofModel(balancer, work.model());
    }
    balancer.look(described, LOOK_MILLIS);
    return Picking.ofModel(balancer, described);
  }

  /** The model that a request wants to have described; empty for any other request. */
  private static String described(Call call, Question question) {
    Optional<ModelName> name =
        switch (call.route()) {
          case V1_MODEL ->
              ModelName.of(Percent.decode(call.target().path().substring(V1_MODELS.length())));
          case SHOW -> question.request(Route.SHOW, call.exchange().body().done()).model();
          default -> Optional.empty();
        };
    return name.map(ModelName::toString).orElse("");
  }

  /** What changes models, and keeps bodies within the same budget. */
  Writes writes() {
    return writes;
  }

  MemoryBudget budget() {
    return budget;
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
}
