package ollama.gateway.app.testing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A model that is loaded, with its slots and its line. Guarded by the scheduler's lock. */
final class OllamaRunner {

  final String model;
  final int numCtx;

  /** Those that wait for a slot, in the order of their coming. */
  final Deque<OllamaJob> line = new ArrayDeque<>();

  /** The prompts that it keeps, the latest first. */
  private final Deque<List<String>> prompts = new ArrayDeque<>();

  int running;
  long keepAliveNanos;
  long expiresNanos;

  OllamaRunner(OllamaAsk ask, long keepAliveNanos) {
    model = ask.model();
    numCtx = ask.numCtx();
    this.keepAliveNanos = keepAliveNanos;
    used();
  }

  /** It stays loaded for a while from now on. */
  void used() {
    expiresNanos = System.nanoTime() + keepAliveNanos;
  }

  boolean fits(OllamaAsk ask) {
    return model.equals(ask.model()) && numCtx == ask.numCtx();
  }

  boolean idle() {
    return running == 0 && line.isEmpty();
  }

  /** How many tokens of a prompt needn't be read again. */
  int cachedTokens(List<String> prompt) {
    int most = 0;
    for (List<String> kept : prompts) {
      int same = 0;
      while (same < Math.min(kept.size(), prompt.size())
          && kept.get(same).equals(prompt.get(same))) {
        same++;
      }
      most = Math.max(most, OllamaAsk.tokens(prompt.subList(0, same)));
    }
    return most;
  }

  void keep(List<String> prompt, int count) {
    prompts.removeIf(
        kept -> kept.size() <= prompt.size() && kept.equals(prompt.subList(0, kept.size())));
    prompts.addFirst(prompt);
    while (prompts.size() > count) {
      prompts.removeLast();
    }
  }
}
