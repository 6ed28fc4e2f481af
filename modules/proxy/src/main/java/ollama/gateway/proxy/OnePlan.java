package ollama.gateway.proxy;

import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.dispatch.Work;
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
    int keptBytesMax = repeatable ? call.settings().config().limits().replayBytes() : 0;
    try (Question question = new Question(keptBytesMax, budget)) {
      question.fill(call.exchange().body());
      Work work = work(call, question);
      if (!work.model().isEmpty() && !call.settings().balancer().allows(work.model())) {
        return new RefusePlan(Refusal.noSuchModel(work.model()), recorder).run(call);
      }
      return new Forwarding(this, call, question, repeatable, work).run();
    }
  }

  /** What is asked of a server; with one there is nothing to choose, and less is looked at. */
  private static Work work(Call call, Question question) {
    Balancer balancer = call.settings().balancer();
    boolean runs = call.route().kind() == Route.Kind.INFERENCE;
    if (!runs && !(call.route() == Route.SHOW && balancer.needsModel())) {
      return Work.NONE;
    }
    boolean isEnd = call.exchange().body().done();
    return Errand.work(call, question.request(call.route(), isEnd, runs && balancer.heedsModels()));
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
