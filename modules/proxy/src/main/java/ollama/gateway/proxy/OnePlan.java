package ollama.gateway.proxy;

import ollama.gateway.balancer.Balancer;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.ollama.Route;

/** One server answers: the first that does, as far as trying another is harmless. */
final class OnePlan implements Plan {

  private final UpstreamClient client;
  private final GatewayMetrics metrics;
  private final Recorder recorder;
  private final MemoryBudget budget = MemoryBudget.quarterOfHeap();
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
    // With one server for all models there is nothing to choose, and nothing is looked at.
    boolean choice = balancer.needsModel();
    boolean kept = repeatable || (choice && call.route() == Route.SHOW);
    int keptBytesMax = kept ? call.settings().config().limits().replayBytes() : 0;
    try (Question question = new Question(keptBytesMax, budget)) {
      question.fill(call.exchange().body());
      String model = choice ? modelOf(call, question) : "";
      if (!model.isEmpty() && !balancer.allows(model)) {
        return new RefusePlan(Refusal.noSuchModel(model), recorder).run(call);
      }
      return new Forwarding(this, call, question, repeatable, model).run();
    }
  }

  private static String modelOf(Call call, Question question) {
    return question.model(call.route(), call.exchange().body().done());
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
