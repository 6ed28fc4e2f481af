package ollama.gateway.proxy;

import ollama.gateway.balancer.Balancer;
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
    Balancer balancer = call.settings().balancer();
    // With one server there is nothing to choose, and nothing is looked at.
    boolean choice = balancer.heedsModels();
    boolean kept = repeatable || (choice && call.route() == Route.SHOW);
    int keptBytesMax = kept ? call.settings().config().limits().replayBytes() : 0;
    try (Question question = new Question(keptBytesMax, budget)) {
      question.fill(call.exchange().body());
      if (Writes.isUnload(call, question)) {
        return writes.unload(call, question);
      }
      String model = choice ? modelOf(call, question) : "";
      Picking picking =
          choice && call.route() == Route.VERSION
              ? Picking.oldest(balancer)
              : Picking.ofModel(balancer, model);
      return new Forwarding(this, call, question, repeatable, model, picking).run();
    }
  }

  private static String modelOf(Call call, Question question) {
    if (call.route() == Route.V1_MODEL) {
      String name = call.target().path().substring(V1_MODELS.length());
      return ModelName.of(Percent.decode(name)).map(ModelName::toString).orElse("");
    }
    return question.model(call.route(), call.exchange().body().done());
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
