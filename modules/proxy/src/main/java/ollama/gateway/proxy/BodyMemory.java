package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.memory.MemoryBudget;

/**
 * The memory for what is kept of bodies: bounded for all together, and for each key, so that one
 * that holds many unfinished ones leaves room for the others.
 */
final class BodyMemory {

  /** Keys that share one part are rare, and no worse off than all were with one for all. */
  private static final int PARTS = 256;

  private final MemoryBudget whole;
  private final MemoryBudget[] parts = new MemoryBudget[PARTS];

  BodyMemory(MemoryBudget whole) {
    this.whole = whole;
    for (int i = 0; i < PARTS; i++) {
      parts[i] = whole.part();
    }
  }

  /** All of it. */
  MemoryBudget whole() {
    return whole;
  }

  /** What whoever asks may have of it. */
  MemoryBudget of(Call call) {
    Optional<Principal> principal = call.identity().principal();
    int part = principal.isEmpty() ? 0 : principal.get().id().hashCode() & (PARTS - 1);
    return parts[part];
  }
}
