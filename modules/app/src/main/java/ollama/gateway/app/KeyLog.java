package ollama.gateway.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
    administration(keys, file, isWatched)
        .ifPresent(warning -> LOG.log(System.Logger.Level.WARNING, warning));
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

  /** What is to be warned of who may administer. */
  static Optional<String> administration(KeyRing keys, Path file, boolean isWatched) {
    String make =
        "`ollama-gateway key new --admin --config "
            + file
            + "` makes %s"
            + (isWatched ? "" : ", and a reload (SIGHUP) lets it in");
    if (keys.size() == 0) {
      return Optional.of("apiKeys is empty: nobody is let in; " + make.formatted("a key"));
    }
    if (keys.hasAdmin()) {
      return Optional.empty();
    }
    return Optional.of(
        keys.anyMayAdminister()
            ? "no key in apiKeys is marked admin, so every key that may use all endpoints may"
                + " reload the settings and make keys; write one as {\"name\": …, \"sha256\": …,"
                + " \"admin\": true}"
            : "no key in apiKeys is marked admin, and none may use all endpoints, so nobody may"
                + " reload the settings or make keys over HTTP; "
                + make.formatted("one that may"));
  }
}
