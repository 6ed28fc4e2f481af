package ollama.gateway.app;

import java.util.List;
import java.util.Locale;
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
    String digits = DIGITS.matcher(wanted).matches() ? wanted.toLowerCase(Locale.ROOT) : "-";
    List<ApiKeyList.Entry> found =
        keys.entries().stream().filter(e -> e.key().sha256().startsWith(digits)).toList();
    if (found.isEmpty()) {
      throw new KeyRefusedException("there is no key " + wanted + ": " + known(keys));
    }
    if (found.stream().map(entry -> entry.key().sha256()).distinct().count() > 1) {
      throw new KeyRefusedException(
          "several keys have a digest that begins with "
              + wanted
              + ": "
              + labels(found)
              + "; write more digits, or the name");
    }
    return found;
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
    return key.sha256().substring(0, SHOWN_DIGITS);
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
