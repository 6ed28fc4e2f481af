package ollama.gateway.balancer.sim;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import ollama.gateway.balancer.dispatch.Chain;

/** The prompts that a llama-server keeps, whole ones, least recently used ones dropped first. */
final class SimCache {
  private final long maxTokens;
  private final List<Chain> prompts = new ArrayList<>();
  private long tokens;

  SimCache(long maxTokens) {
    this.maxTokens = maxTokens;
  }

  int cachedTokens(Chain chain) {
    int best = 0;
    for (Chain prompt : prompts) {
      int links = commonLinks(prompt, chain);
      best = Math.max(best, links == 0 ? 0 : chain.tokens(links - 1));
    }
    return best;
  }

  void add(Chain chain) {
    if (chain.length() == 0) {
      return;
    }
    Iterator<Chain> each = prompts.iterator();
    while (each.hasNext()) {
      Chain prompt = each.next();
      if (commonLinks(prompt, chain) == prompt.length()) {
        tokens -= size(prompt);
        each.remove();
      }
    }
    prompts.add(chain);
    tokens += size(chain);
    while (tokens > maxTokens && prompts.size() > 1) {
      tokens -= size(prompts.removeFirst());
    }
  }

  private static int size(Chain chain) {
    return chain.tokens(chain.length() - 1);
  }

  private static int commonLinks(Chain a, Chain b) {
    int links = 0;
    while (links < a.length() && links < b.length() && a.hash(links) == b.hash(links)) {
      links++;
    }
    return links;
  }
}
