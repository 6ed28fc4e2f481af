package ollama.gateway.balancer.dispatch;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a request stands in the line.
 *
 * @param number from 1, in the order of classes and arrival; the true order follows fairness and
 *     gain
 * @param work what it asks
 * @param waitedMillis how long it has stood there
 * @param expectedMillis how long it will, by the rate at which requests were started; 0 if there is
 *     none yet
 */
public record Place(int number, Work work, long waitedMillis, long expectedMillis) {

  /**
   * How many of these wait in each class, by its name as in the settings; all classes are there.
   */
  public static Map<String, Integer> byPriority(List<Place> places) {
    Map<String, Integer> waiting = new TreeMap<>();
    for (Priority priority : Priority.values()) {
      waiting.put(name(priority), 0);
    }
    places.forEach(place -> waiting.merge(name(place.work().priority()), 1, Integer::sum));
    return waiting;
  }

  private static String name(Priority priority) {
    return priority.name().toLowerCase(Locale.ROOT);
  }
}
