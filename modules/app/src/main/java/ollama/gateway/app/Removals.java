package ollama.gateway.app;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * For how long gateways remember that a key was removed: nobody else keeps it from being let in
 * where a file still has it.
 */
final class Removals {

  /** Since it was said last. */
  static final Duration KEPT = Duration.ofDays(30);

  /** Where a file has the key, it is said again when it was said as long ago. */
  static final Duration RENEWED = Duration.ofDays(1);

  /** Of more the oldest ones go. */
  static final int MAX = 10_000;

  private Removals() {}

  private record Removal(String id, Announcements.Said said) {}

  /**
   * Those that aren't remembered any more; the same on all gateways.
   *
   * @param entries what was announced of keys, by their digests
   * @param nowMillis the time, in milliseconds since 1970
   */
  static Set<String> over(Map<String, String> entries, long nowMillis) {
    List<Removal> removals = new ArrayList<>();
    entries.forEach(
        (id, entry) -> {
          if (AnnouncedKey.mayBeRemoval(entry)) {
            Announcements.Said.read(entry)
                .filter(AnnouncedKey::isRemoval)
                .ifPresent(said -> removals.add(new Removal(id, said)));
          }
        });
    removals.sort(
        Comparator.comparingLong((Removal removal) -> removal.said.at())
            .thenComparing(Removal::id));
    Set<String> over = new HashSet<>();
    for (int i = 0; i < removals.size(); i++) {
      Removal removal = removals.get(i);
      boolean isTooOld = removal.said.at() < nowMillis - KEPT.toMillis();
      if (isTooOld || i < removals.size() - MAX) {
        over.add(removal.id);
      }
    }
    return over;
  }
}
