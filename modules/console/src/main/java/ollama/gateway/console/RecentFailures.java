package ollama.gateway.console;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import ollama.gateway.ollama.Json;

/**
 * Which ways to fail were seen, how often and when last. A flood of the same hides no other one.
 * For any number of threads.
 */
public final class RecentFailures {

  /** How many ways are kept; one more takes the place of the one that wasn't seen for longest. */
  static final int KINDS_MAX = 50;

  private static final int REASON_MAX = 300;

  private final Map<Kind, Seen> seen = new ConcurrentHashMap<>();

  /** None yet. */
  public RecentFailures() {}

  /**
   * A way to fail.
   *
   * @param status what the client got
   * @param route the pattern of its route
   * @param reason in words
   */
  private record Kind(int status, String route, String reason) {}

  /**
   * One that failed.
   *
   * @param id as its client has it
   * @param at when
   * @param key the name of its key; empty without one
   * @param server that was tried last; empty if none was
   */
  public record Failed(String id, Instant at, String key, String server) {}

  private static final class Seen {
    private final LongAdder count = new LongAdder();
    private volatile Failed last;

    Seen(Failed first) {
      last = first;
    }
  }

  /** A request failed. */
  public void add(int status, String route, String reason, Failed failed) {
    String text = reason.length() <= REASON_MAX ? reason : reason.substring(0, REASON_MAX) + "…";
    Kind kind = new Kind(status, route, text);
    Seen known = seen.get(kind);
    if (known == null) {
      known = seen.computeIfAbsent(kind, _ -> new Seen(failed));
      forgetOldest();
    }
    known.count.increment();
    known.last = failed;
  }

  private void forgetOldest() {
    while (seen.size() > KINDS_MAX) {
      seen.entrySet().stream()
          .min(Comparator.comparing(entry -> entry.getValue().last.at))
          .ifPresent(oldest -> seen.remove(oldest.getKey()));
    }
  }

  /** As the page reads them, the last one first. */
  List<Json> json() {
    return seen.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<Kind, Seen> entry) -> entry.getValue().last.at)
                .reversed())
        .map(entry -> json(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static Json json(Kind kind, Seen seen) {
    Failed last = seen.last;
    return Json.object()
        .put("status", kind.status)
        .put("route", kind.route)
        .put("reason", kind.reason)
        .put("count", seen.count.sum())
        .put("last", last.at.toString())
        .put("key", last.key)
        .put("server", last.server)
        .put("id", last.id);
  }
}
