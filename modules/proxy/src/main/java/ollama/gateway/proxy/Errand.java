package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.Prompt;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.PromptChain;
import ollama.gateway.ollama.Route;

/** What a request asks of a server, in the line's words. */
final class Errand {

  /** Spreads a key's hash over all bits (2^64 divided by the golden ratio). */
  private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

  private Errand() {}

  /** What it asks of whichever server gets it. */
  static Work work(Call call, ModelRequest request) {
    String model = request.model().map(ModelName::toString).orElse("");
    String key = call.identity().keyName();
    ollama.gateway.ollama.Prompt prompt = request.prompt();
    Route route = call.route();
    return new Work(
        model,
        request.loadOptions().fingerprint(),
        prompt(call, prompt),
        key,
        Urgency.of(call),
        (route == Route.GENERATE || route == Route.CHAT) && !prompt.isEmpty());
  }

  /** The same of one that is a form. */
  static Work work(Call call, Optional<ModelName> model) {
    return new Work(
        model.map(ModelName::toString).orElse(""),
        0,
        prompt(call, ollama.gateway.ollama.Prompt.NONE),
        call.identity().keyName(),
        Urgency.of(call),
        false);
  }

  private static Prompt prompt(Call call, ollama.gateway.ollama.Prompt read) {
    long scope = call.identity().keyName().hashCode() * SPREAD;
    long session = Session.of(call.head().fields(), scope);
    return new Prompt(tokens(read.tokens()), 0, chain(read.chain(), scope), session);
  }

  /** A key's prompts are its own: what it sends must not show what others sent. */
  private static Chain chain(PromptChain links, long scope) {
    if (links.links() == 0) {
      return Chain.NONE;
    }
    long[] hashes = new long[links.links()];
    int[] tokens = new int[links.links()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = links.hash(i) ^ scope;
      tokens[i] = tokens(links.tokens(i));
    }
    return new Chain(hashes, tokens);
  }

  private static int tokens(long count) {
    return (int) Math.min(Integer.MAX_VALUE, count);
  }
}
