package ollama.gateway.app.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What an {@link OllamaLike} has seen. Guarded by its scheduler's lock. */
final class OllamaCounts {

  int came;
  int served;
  int refused;
  int loads;
  int aborted;
  int lists;
  long promptTokens;
  long cachedTokens;

  /** The last message of each that began to run, in their order. */
  final List<String> begun = new ArrayList<>();

  private final Map<String, Peak> held = new HashMap<>();
  private final Map<String, Peak> running = new HashMap<>();

  private static final class Peak {
    int now;
    int most;

    void add(int count) {
      now += count;
      most = Math.max(most, now);
    }

    @Override
    public String toString() {
      return now + " of " + most;
    }
  }

  void held(String model, int change) {
    held.computeIfAbsent(model, _ -> new Peak()).add(change);
  }

  void running(String model, int change) {
    running.computeIfAbsent(model, _ -> new Peak()).add(change);
  }

  void begins(List<String> prompt, int cached) {
    begun.add(prompt.getLast());
    promptTokens += OllamaAsk.tokens(prompt);
    cachedTokens += cached;
  }

  int held() {
    return held.values().stream().mapToInt(p -> p.now).sum();
  }

  int mostHeld(String model) {
    Peak peak = held.get(model);
    return peak == null ? 0 : peak.most;
  }

  int running(String model) {
    Peak peak = running.get(model);
    return peak == null ? 0 : peak.now;
  }

  int mostRunning(String model) {
    Peak peak = running.get(model);
    return peak == null ? 0 : peak.most;
  }

  /** What is the most from now on is told anew. */
  void forgetPeaks() {
    held.values().forEach(p -> p.most = p.now);
    running.values().forEach(p -> p.most = p.now);
  }

  @Override
  public String toString() {
    return "came %d, served %d, refused %d, loads %d, aborted %d, held %s, running %s"
        .formatted(came, served, refused, loads, aborted, held, running);
  }
}
