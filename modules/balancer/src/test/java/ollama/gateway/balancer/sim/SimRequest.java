package ollama.gateway.balancer.sim;

import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.Priority;
import ollama.gateway.balancer.dispatch.Prompt;
import ollama.gateway.balancer.dispatch.Work;

/** A request, and what became of it. Times are seconds; -1 if it didn't come to that. */
final class SimRequest {
  String model = "m";
  String key = "k";
  Priority priority = Priority.NORMAL;

  /** For stickiness by hash, and nothing else. */
  int conversation;

  Chain chain = Chain.NONE;

  /** With the answer. */
  Chain after = Chain.NONE;

  int promptTokens;
  int outputTokens = 60;

  /** How much of it was computed by an earlier turn. */
  int reusableTokens;

  int cachedTokens;
  String at = "";
  Object why = "";
  int attempts;
  double arrived = -1;
  double first = -1;
  double ended = -1;
  boolean refused;
  boolean cut;
  Runnable onEnd = () -> {};

  Work work() {
    return new Work(model, 0, new Prompt(promptTokens, 0, chain), key, priority, true);
  }

  double toFirst() {
    return first - arrived;
  }

  double total() {
    return ended - arrived;
  }
}
