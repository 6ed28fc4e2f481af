package ollama.gateway.balancer.dispatch;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which server has answered a conversation last, for each model, as far as requests say which
 * conversation they belong to. The least recently used is forgotten first. Guarded by the line's
 * lock.
 */
final class Sessions {
  static final int MAX = 8_192;

  private static final int MANY = 16;

  /** Spreads a model's hash over all bits. */
  private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

  /** Where that was; void once the model was unloaded there. */
  private record Last(ModelState at, long unloads, int tokens) {}

  private final LinkedHashMap<Long, Last> bySession = new LinkedHashMap<>(MANY, 0.75f, true);

  /** How much of a prompt its conversation may have left with a server; 0 if that was another. */
  int cachedTokens(Prompt prompt, ModelState at) {
    Last last = prompt.session() == 0 ? null : bySession.get(key(prompt.session(), at));
    return last == null || last.at != at || last.unloads != at.unloads
        ? 0
        : Math.min(prompt.tokens(), last.tokens);
  }

  /** A server has answered. */
  void remember(Prompt prompt, FinalNumbers numbers, ModelState at) {
    if (prompt.session() != 0) {
      remember(prompt.session(), tokens(prompt, numbers), at);
    }
  }

  /** What a server holds of a conversation when it has answered. */
  static int tokens(Prompt prompt, FinalNumbers numbers) {
    long in = Math.max(prompt.tokens(), numbers.promptTokens());
    return (int) Math.min(Integer.MAX_VALUE, in + Math.max(0, numbers.outputTokens()));
  }

  /** A server has answered, here or through another gateway. */
  void remember(long session, int tokens, ModelState at) {
    if (session != 0) {
      Last _ = bySession.put(key(session, at), new Last(at, at.unloads, tokens));
      if (bySession.size() > MAX) {
        Map.Entry<Long, Last> _ = bySession.pollFirstEntry();
      }
    }
  }

  private static long key(long session, ModelState at) {
    return session ^ at.model.hashCode() * SPREAD;
  }
}
