package ollama.gateway.console;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import ollama.gateway.ollama.Json;

/**
 * Which ways to fail were seen, how often and when last. A flood of the same hides no other one,
 * whatever numbers and ids its words hold. For any number of threads.
 */
public final class RecentFailures {

  /** How many ways are kept; one more takes the place of the one that wasn't seen for longest. */
  static final int KINDS_MAX = 50;

  /** How many of them one key may have seen last, so that nobody hides what others saw. */
  static final int KINDS_OF_KEY_MAX = 10;

  private static final int REASON_MAX = 300;
  private static final Pattern NUMBERS = Pattern.compile("[0-9][0-9a-fA-F]*");

  private final Map<Kind, Seen> seen = new ConcurrentHashMap<>();

  /** None yet. */
  public RecentFailures() {}

  /**
   * A way to fail.
   *
   * @param status what the client got
   * @param route the pattern of its route
   * @param reason in words, without what is another each time
   */
  private record Kind(int status, String route, String reason) {}

  /**
   * One that failed.
   *
   * @param id as its client has it
   * @param at when
   * @param key the name of its key; empty without one
   * @param server that was tried last; empty if none was
   * @param reason in words
   */
  public record Failed(String id, Instant at, String key, String server, String reason) {

    /** One with words that aren't too many. */
    public Failed {
      reason = reason.length() <= REASON_MAX ? reason : reason.substring(0, REASON_MAX) + "…";
    }
  }

  private static final class Seen {
    private final LongAdder count = new LongAdder();
    private volatile Failed last;

    Seen(Failed first) {
      last = first;
    }
  }

  /** A request failed. */
  public void add(int status, String route, Failed failed) {
    String words = failed.reason.replace(failed.id, "#");
    Kind kind = new Kind(status, route, NUMBERS.matcher(words).replaceAll("#"));
    Seen known = seen.get(kind);
    if (known == null) {
      known = seen.computeIfAbsent(kind, _ -> new Seen(failed));
      forgetOldest(KINDS_OF_KEY_MAX, entry -> entry.getValue().last.key.equals(failed.key));
      forgetOldest(KINDS_MAX, _ -> true);
    }
    known.count.increment();
    known.last = failed;
  }

  /** Of those that are meant, no more than so many stay. */
  private void forgetOldest(int max, Predicate<Map.Entry<Kind, Seen>> isMeant) {
    List<Map.Entry<Kind, Seen>> meant = seen.entrySet().stream().filter(isMeant).toList();
    if (meant.size() > max) {
      meant.stream()
          .min(Comparator.comparing(entry -> entry.getValue().last.at))
          .ifPresent(oldest -> seen.remove(oldest.getKey()));
    }
  }

  /** As the page reads them, the last one first. */
  List<Json> json() {
    // As they are now: requests go on meanwhile, and would change the order amid the sorting.
    List<Told> told = new ArrayList<>();
    seen.forEach((kind, one) -> told.add(new Told(kind, one.last, one.count.sum())));
    told.sort(Comparator.comparing((Told one) -> one.last.at).reversed());
    return told.stream().map(one -> json(one.kind, one.last, one.count)).toList();
  }

  private record Told(Kind kind, Failed last, long count) {}

  private static Json json(Kind kind, Failed last, long count) {
    return Json.object()
        .put("status", kind.status)
        .put("route", kind.route)
        .put("reason", last.reason)
        .put("count", count)
        .put("last", last.at.toString())
        .put("key", last.key)
        .put("server", last.server)
        .put("id", last.id);
  }
}
