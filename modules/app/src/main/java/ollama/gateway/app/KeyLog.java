package ollama.gateway.app;

import java.nio.file.Path;
import java.util.List;
import ollama.gateway.auth.KeyRing;

/** What the log is told of the keys at the start and at each reload. */
final class KeyLog {

  private static final System.Logger LOG = System.getLogger(KeyLog.class.getName());

  private static final int SHOWN_NAMES_MAX = 20;

  private KeyLog() {}

  /**
   * Warns where nobody is let in, everybody may administer, or some may less than one might think.
   *
   * @param file the settings file
   * @param isWatched whether a key that is added there is let in by itself
   */
  static void warn(KeyRing keys, Path file, boolean isWatched) {
    if (keys.size() == 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "apiKeys is empty: nobody is let in; `ollama-gateway key new --admin --config "
              + file
              + "` makes a key"
              + (isWatched ? "" : ", and a reload (SIGHUP) lets it in"));
    } else if (!keys.hasAdmin()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "no key in apiKeys is marked admin, so every key may reload the settings and make keys;"
              + " write one as {\"name\": …, \"sha256\": …, \"admin\": true}");
    }
    List<String> limited = keys.limitedByDefault();
    if (!limited.isEmpty()) {
      int shown = Math.min(limited.size(), SHOWN_NAMES_MAX);
      LOG.log(
          System.Logger.Level.WARNING,
          "these keys may run and list models and nothing else, since they have no \"endpoints\": "
              + String.join(", ", limited.subList(0, shown))
              + (shown < limited.size() ? " and " + (limited.size() - shown) + " more" : "")
              + "; write for each what it may, such as [\"inference\", \"read\", \"manage\"]");
    }
  }
}
