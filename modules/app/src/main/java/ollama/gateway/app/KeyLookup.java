package ollama.gateway.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ApiKeyList;

/** Finds the key that somebody means. */
final class KeyLookup {

  /** So many digits of a digest are shown, and no more where others may look. */
  static final int SHOWN_DIGITS = 12;

  private static final Pattern DIGITS = Pattern.compile("[0-9a-fA-F]{6,64}");
  private static final int SHOWN_NAMES_MAX = 20;

  private KeyLookup() {}

  /**
   * The entries of the key with this name, or else with a digest that begins so.
   *
   * @return at least one, that of the name first; several of one key that is there more than once
   * @throws KeyRefusedException when no key is meant, or several are
   */
  static List<ApiKeyList.Entry> find(ApiKeyList keys, String wanted) throws KeyRefusedException {
    List<ApiKeyList.Entry> named =
        keys.entries().stream().filter(entry -> entry.key().name().equals(wanted)).toList();
    if (!named.isEmpty()) {
      return sameKey(keys, named.getFirst());
    }
    String digits = digits(wanted);
    List<ApiKeyList.Entry> found =
        keys.entries().stream().filter(e -> e.key().sha256().startsWith(digits)).toList();
    if (found.isEmpty()) {
      throw new KeyRefusedException("there is no key " + wanted + ": " + known(keys));
    }
    if (found.stream().map(entry -> entry.key().sha256()).distinct().count() > 1) {
      throw several(wanted, labels(found));
    }
    return found;
  }

  /**
   * The digest of the key with this name, or else the one that begins so, of a key that isn't in
   * the file any more too.
   *
   * @param used the digests of keys that used something
   * @throws KeyRefusedException when no key is meant, or several are
   */
  static String digest(ApiKeyList keys, Set<String> used, String wanted)
      throws KeyRefusedException {
    Map<String, String> known = new LinkedHashMap<>();
    for (ApiKeyList.Entry entry : keys.entries()) {
      known.putIfAbsent(entry.key().sha256(), label(entry.key()));
      if (entry.key().name().equals(wanted)) {
        return entry.key().sha256();
      }
    }
    used.forEach(digest -> known.putIfAbsent(digest, shown(digest) + " (no more in the file)"));
    String digits = digits(wanted);
    known.keySet().removeIf(digest -> !digest.startsWith(digits));
    if (known.isEmpty()) {
      return find(keys, wanted).getFirst().key().sha256();
    }
    if (known.size() > 1) {
      throw several(wanted, String.join(", ", known.values()));
    }
    return known.keySet().iterator().next();
  }

  /** With what a digest has to begin; for what is no digits with what none does. */
  private static String digits(String wanted) {
    return DIGITS.matcher(wanted).matches() ? wanted.toLowerCase(Locale.ROOT) : "-";
  }

  private static KeyRefusedException several(String wanted, String labels) {
    return new KeyRefusedException(
        "several keys have a digest that begins with "
            + wanted
            + ": "
            + labels
            + "; write more digits, or the name");
  }

  private static List<ApiKeyList.Entry> sameKey(ApiKeyList keys, ApiKeyList.Entry named) {
    String digest = named.key().sha256();
    List<ApiKeyList.Entry> others =
        keys.entries().stream().filter(e -> e != named && e.key().sha256().equals(digest)).toList();
    return Stream.concat(Stream.of(named), others.stream()).toList();
  }

  /** The name, and how the digest begins. */
  static String label(ApiKey key) {
    return key.name() + " (" + shownDigest(key) + ")";
  }

  static String shownDigest(ApiKey key) {
    return shown(key.sha256());
  }

  private static String shown(String digest) {
    return digest.substring(0, SHOWN_DIGITS);
  }

  static String labels(List<ApiKeyList.Entry> entries) {
    return entries.stream().map(entry -> label(entry.key())).collect(Collectors.joining(", "));
  }

  private static String known(ApiKeyList keys) {
    if (keys.entries().isEmpty()) {
      return "the file has none";
    }
    int more = keys.entries().size() - SHOWN_NAMES_MAX;
    return "the file has "
        + keys.names().stream().limit(SHOWN_NAMES_MAX).collect(Collectors.joining(", "))
        + (more > 0 ? " and " + more + " more" : "")
        + "; instead of a name, 6 or more digits of the digest will do";
  }
}
