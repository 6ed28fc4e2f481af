package ollama.gateway.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.config.ApiKey;

/** How the keys of a file and those that gateways have announced become one list. */
final class MergedKeys {

  /** A name and this many digits of the digest are a name that nobody else has. */
  private static final int DIGITS = 6;

  /** The same where somebody has called a key so on purpose. */
  private static final int DIGITS_MAX = 24;

  private static final int NAME_LENGTH_MAX = 64;

  private MergedKeys() {}

  /**
   * What was announced of a key holds instead of what the file says; what wasn't announced is as
   * the file says. Two keys never have one name: those of which only the file speaks keep theirs,
   * then whoever had it announced first; another one gets the beginning of its digest behind it.
   *
   * @param file the keys of the file, each name and each digest once
   * @param announced of each key what was announced last
   * @return the keys in the order of the file, behind them those that it doesn't have
   */
  static List<ApiKey> of(List<ApiKey> file, Map<String, AnnouncedKey> announced) {
    if (announced.isEmpty()) {
      return file;
    }
    Set<String> names = new HashSet<>();
    Map<String, ApiKey> byId = new HashMap<>();
    for (ApiKey key : file) {
      if (!announced.containsKey(key.sha256())) {
        names.add(key.name());
        byId.put(key.sha256(), key);
      }
    }
    List<AnnouncedKey> inTurn =
        announced.values().stream()
            .sorted(Comparator.comparingLong(AnnouncedKey::at).thenComparing(AnnouncedKey::id))
            .toList();
    for (AnnouncedKey each : inTurn) {
      each.key()
          .flatMap(key -> named(key, names))
          .ifPresent(
              key -> {
                names.add(key.name());
                byId.put(each.id(), key);
              });
    }
    List<ApiKey> merged = new ArrayList<>();
    file.forEach(key -> Optional.ofNullable(byId.remove(key.sha256())).ifPresent(merged::add));
    inTurn.forEach(each -> Optional.ofNullable(byId.remove(each.id())).ifPresent(merged::add));
    return List.copyOf(merged);
  }

  /** The key under a name that is free; empty if there is none, which nobody meets by chance. */
  private static Optional<ApiKey> named(ApiKey key, Set<String> taken) {
    if (!taken.contains(key.name())) {
      return Optional.of(key);
    }
    for (int digits = DIGITS; digits <= DIGITS_MAX; digits++) {
      int kept = Math.min(key.name().length(), NAME_LENGTH_MAX - 1 - digits);
      String name = key.name().substring(0, kept) + "-" + key.sha256().substring(0, digits);
      if (!taken.contains(name)) {
        return Optional.of(key.withName(name));
      }
    }
    return Optional.empty();
  }

  /**
   * What a file says otherwise than before.
   *
   * @return by their digests; empty for a key that isn't there any more
   */
  static Map<String, Optional<ApiKey>> difference(List<ApiKey> before, List<ApiKey> after) {
    Map<String, Optional<ApiKey>> difference = new LinkedHashMap<>();
    Map<String, ApiKey> was = new HashMap<>();
    for (ApiKey key : before) {
      was.put(key.sha256(), key);
      difference.put(key.sha256(), Optional.empty());
    }
    for (ApiKey key : after) {
      if (key.equals(was.get(key.sha256()))) {
        difference.remove(key.sha256());
      } else {
        difference.put(key.sha256(), Optional.of(key));
      }
    }
    return difference;
  }
}
