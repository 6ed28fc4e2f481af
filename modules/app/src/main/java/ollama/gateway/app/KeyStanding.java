package ollama.gateway.app;

import java.io.PrintStream;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.ApiKey;

/**
 * Who is let in by some keys, and who may administer: what to think of before one is taken away.
 */
final class KeyStanding {

  private static final int SHOWN_NAMES_MAX = 20;

  private final boolean empty;
  private boolean anyLetIn;

  /** By their names. */
  private final Set<String> administrators = new LinkedHashSet<>();

  /**
   * Looks at keys.
   *
   * @param off which of them is to be disabled besides
   * @param now when they are used
   */
  KeyStanding(List<ApiKey> keys, Predicate<ApiKey> off, Instant now) {
    empty = keys.isEmpty();
    boolean hasAdmin = keys.stream().anyMatch(ApiKey::admin);
    for (ApiKey key : keys) {
      Principal principal = new Principal(key);
      if (!key.disabled() && !off.test(key) && !principal.isExpired(now)) {
        anyLetIn = true;
        if (KeyRing.mayAdminister(principal, hasAdmin)) {
          administrators.add(key.name());
        }
      }
    }
  }

  /** Whether nobody may administer. */
  boolean hasNoAdministrator() {
    return administrators.isEmpty();
  }

  /**
   * Why these must not take the place of those before, unless somebody insists: keys that could not
   * administer could then.
   */
  Optional<String> danger(KeyStanding before) {
    List<String> risen =
        administrators.stream().filter(name -> !before.administrators.contains(name)).toList();
    return risen.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "no key would be marked admin any more, so every key that may use all endpoints could"
                + " administer the gateway and make keys: "
                + risen.stream().limit(SHOWN_NAMES_MAX).collect(Collectors.joining(", "))
                + (risen.size() > SHOWN_NAMES_MAX ? " and more" : ""));
  }

  /** Warns of what comes of it that these take the place of those before. */
  void warn(KeyStanding before, PrintStream err) {
    if (empty) {
      err.println(
          "warning: that was the last key: nobody is let in until `key new` makes one; a start at a"
              + " terminal makes one, too, and with --key-file lets in the key in that file");
    } else if (!anyLetIn && before.anyLetIn) {
      err.println("warning: that was the last key that is let in: the gateway refuses everybody");
    } else if (administrators.isEmpty() && !before.administrators.isEmpty()) {
      err.println(
          "warning: that was the last key that may administer: nobody can reload the settings or"
              + " make keys over HTTP; `key new --admin` makes one that can");
    }
  }
}
