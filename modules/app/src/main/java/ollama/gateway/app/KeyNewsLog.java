package ollama.gateway.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ollama.gateway.config.ApiKey;

/** What the log is told of keys that other gateways have changed. */
final class KeyNewsLog {

  private static final System.Logger LOG = System.getLogger(KeyNewsLog.class.getName());

  private static final int SHOWN_MAX = 20;

  private KeyNewsLog() {}

  /**
   * Says what is otherwise now.
   *
   * @param before the keys that were in force
   * @param after those that are
   */
  static void tell(List<ApiKey> before, List<ApiKey> after) {
    List<String> changes = changes(before, after);
    if (!changes.isEmpty()) {
      int shown = Math.min(changes.size(), SHOWN_MAX);
      LOG.log(
          System.Logger.Level.INFO,
          "other gateways have announced keys: "
              + String.join(", ", changes.subList(0, shown))
              + (shown < changes.size() ? " and " + (changes.size() - shown) + " more" : ""));
    }
  }

  private static List<String> changes(List<ApiKey> before, List<ApiKey> after) {
    Map<String, ApiKey> gone = new LinkedHashMap<>();
    before.forEach(key -> gone.put(key.sha256(), key));
    List<String> changes = new ArrayList<>();
    for (ApiKey key : after) {
      ApiKey was = gone.remove(key.sha256());
      if (!key.equals(was)) {
        changes.add(was == null ? key.name() + " was made" : change(was, key));
      }
    }
    gone.values().forEach(key -> changes.add(key.name() + " was removed"));
    return changes;
  }

  private static String change(ApiKey was, ApiKey is) {
    if (!is.name().equals(was.name())) {
      return was.name() + " is called " + is.name();
    }
    if (is.disabled() != was.disabled()) {
      return is.name() + (is.disabled() ? " was disabled" : " was enabled");
    }
    return is.name() + " was changed";
  }
}
