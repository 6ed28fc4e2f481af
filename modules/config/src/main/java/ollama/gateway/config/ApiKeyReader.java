package ollama.gateway.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import ollama.gateway.ollama.ModelPattern;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.RouteGroup;
import org.jspecify.annotations.Nullable;

/** Reads {@code apiKeys}. No message shows what stands there. */
final class ApiKeyReader {
  private final Values values;
  private final String text;
  private final Set<String> names = new HashSet<>();
  private final Map<Integer, Json.Text> plain = new LinkedHashMap<>();
  private final List<Optional<ApiKey>> entries = new ArrayList<>();
  private KnownKeys known;
  private final Set<String> certificates = new HashSet<>();
  private final Map<List<ModelPattern>, List<ModelPattern>> modelLists = new HashMap<>();
  private final Map<List<RouteGroup>, List<RouteGroup>> groupLists = new HashMap<>();

  // Made once.
  private final Function<String, String> uniqueName = this::uniqueName;
  private final Function<String, String> uniqueCertificate = this::uniqueCertificate;

  /** Prepares to read those of which nothing is known. */
  ApiKeyReader(Values values) {
    this(values, "", KnownKeys.none());
  }

  /**
   * Prepares.
   *
   * @param text in which they stand
   * @param known those of another text that was read in the same environment
   */
  ApiKeyReader(Values values, String text, KnownKeys known) {
    this.values = values;
    this.text = text;
    this.known = known;
  }

  /** The keys of the file's list, which may be there twice; once per reader. */
  List<ApiKey> read(List<Json> items) {
    if (items instanceof PlacedItems placed) {
      readEntries(placed);
    } else {
      readEntries(items);
    }
    warnOfPlain();
    Map<String, ApiKey> byDigest = new LinkedHashMap<>();
    for (int i = 0; i < entries.size(); i++) {
      Optional<ApiKey> key = entries.get(i);
      if (key.isPresent() && !add(byDigest, key.get())) {
        values
            .problems()
            .warning(
                path(i),
                items.get(i).start(),
                "this key is in the list already: remove one of the entries");
      }
    }
    return List.copyOf(byDigest.values());
  }

  /** One entry that stands by itself; empty if it is wrong. */
  Optional<ApiKey> readAlone(Json item) {
    readEntries(List.of(item));
    return entries.getFirst();
  }

  /** Each entry for itself, those of a key that is there twice too; empty if it is wrong. */
  List<ApiKeyList.Entry> entries() {
    List<ApiKeyList.Entry> read = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      read.add(new ApiKeyList.Entry(i, entries.get(i).orElseThrow(), plain.containsKey(i)));
    }
    return read;
  }

  /** What stood in the last text, too, is the same key. */
  private void readEntries(PlacedItems items) {
    Places places = items.places();
    KnownKeys.Same same = known.in(text, places);
    @Nullable ApiKey[] keys = new @Nullable ApiKey[items.size()];
    for (int i = 0; i < items.size(); i++) {
      ApiKey key = same.key(i);
      if (key != null && names.add(key.name())) {
        keys[i] = key;
        entries.add(Optional.of(key));
      } else {
        long problems = values.problems().count();
        readEntry(i, items.get(i));
        boolean isClean = problems == values.problems().count();
        keys[i] = isClean ? byItself(places.start(i), places.end(i)) : null;
      }
    }
    known = new KnownKeys(text, places, keys);
    readPlain();
  }

  /** The last key, if nothing but its text, and who else has its name, says what it is. */
  private @Nullable ApiKey byItself(int start, int end) {
    return entries
        .getLast()
        .filter(key -> key.certificate().isEmpty() && !Environment.hasVariables(text, start, end))
        .orElse(null);
  }

  private void readEntries(List<Json> items) {
    for (int i = 0; i < items.size(); i++) {
      readEntry(i, items.get(i));
    }
    readPlain();
  }

  private void readEntry(int index, Json item) {
    if (item instanceof Json.Text key) {
      plain.put(index, key);
      entries.add(Optional.empty());
    } else {
      entries.add(entry(path(index), item));
    }
  }

  private void readPlain() {
    // Once all names are known that are given: none of them is theirs.
    plain.forEach(
        (i, item) -> {
          String name = automaticName(i, names);
          entries.set(i, values.text(path(i), item, key -> ApiKey.ofText(name, key)));
        });
  }

  /** The entries that were read, for the next text. */
  KnownKeys known() {
    return known;
  }

  private static String path(int index) {
    return "apiKeys[" + index + "]";
  }

  /** Once, however many there are. What an environment variable holds isn't in the file. */
  private void warnOfPlain() {
    List<Map.Entry<Integer, Json.Text>> inTheClear =
        plain.entrySet().stream()
            .filter(e -> !Environment.hasVariables(e.getValue().value()))
            .toList();
    if (!inTheClear.isEmpty()) {
      int count = inTheClear.size();
      values
          .problems()
          .warning(
              path(inTheClear.getFirst().getKey()),
              inTheClear.getFirst().getValue().start(),
              (count == 1 ? "this key stands" : count + " keys from here on stand")
                  + " here in the clear, for whoever sees the file: write {\"name\": …,"
                  + " \"sha256\": …, \"endpoints\": […]} with what `printf %s KEY | sha256sum`"
                  + " prints, or make new ones with `ollama-gateway key new`");
    }
  }

  /**
   * The name of a key that is given as a text: {@code key-N} by its position from 1, or the first
   * of {@code key-N-2}, {@code key-N-3}, … that no other entry has.
   *
   * @param given the names of the entries that have one
   */
  static String automaticName(int index, Set<String> given) {
    String positional = "key-" + (index + 1);
    String name = positional;
    for (int n = 2; given.contains(name); n++) {
      name = positional + "-" + n;
    }
    return name;
  }

  /**
   * A key that is there twice counts once, and keeps the right that either entry gives it.
   *
   * @return whether it is there for the first time
   */
  private static boolean add(Map<String, ApiKey> byDigest, ApiKey key) {
    ApiKey before = byDigest.putIfAbsent(key.sha256(), key);
    if (before != null && key.admin() && !before.admin()) {
      byDigest.put(key.sha256(), key);
    }
    return before == null;
  }

  private Optional<ApiKey> entry(String path, Json item) {
    if (item instanceof Json.Obj object) {
      return named(Block.of(values, Section.API_KEY, path, object));
    }
    values
        .problems()
        .error(
            path,
            item.start(),
            "expected a key in double quotes, or an object with \"name\", \"sha256\" and maybe"
                + " more; found "
                + item.kind());
    return Optional.empty();
  }

  private Optional<ApiKey> named(Block block) {
    boolean admin = block.flag("admin", false);
    boolean disabled = block.flag("disabled", false);
    String expires = block.text("expires", "", ApiKey::checkExpires);
    List<ModelPattern> models =
        once(modelLists, block.texts("models", OllamaServerReader::pattern));
    List<RouteGroup> endpoints = endpoints(block);
    String priority = block.text("priority", ApiKey.NORMAL, ApiKey::checkPriority);
    int concurrent = block.whole("maxConcurrentRequests", 0, ApiKey.CONCURRENT_REQUESTS);
    KeyRateLimitConfig rateLimit = KeyRateLimitConfig.read(block);
    KeyTokensConfig tokens = KeyTokensConfig.read(block);
    OptionsPolicy options = new KeyOptionsReader(values).read(block);
    List<AddressRange> allowIps = AddressRangeReader.read(block, "allowIps");
    Optional<String> name = required(block, "name", uniqueName);
    String certificate = block.text("certificate", "", uniqueCertificate);
    Optional<String> sha256 =
        block.value("certificate").isEmpty() || block.value("sha256").isPresent()
            ? required(block, "sha256", ApiKey::checkSha256)
            : Optional.of(ApiKey.sha256OfCertificate(certificate));
    if (name.isEmpty() || sha256.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ApiKey(
            name.get(),
            sha256.get(),
            certificate,
            admin,
            disabled,
            expires,
            models,
            endpoints,
            priority,
            concurrent,
            rateLimit,
            tokens,
            options,
            allowIps));
  }

  /** Of equal lists one: most of 100,000 keys may do the same. */
  private static <T> List<T> once(Map<List<T>, List<T>> lists, List<T> list) {
    List<T> mine = List.copyOf(list);
    List<T> same = lists.putIfAbsent(mine, mine);
    return same == null ? mine : same;
  }

  /** An empty list would read as nothing and mean what a key may that has none. */
  private List<RouteGroup> endpoints(Block block) {
    if (block.value("endpoints").filter(ApiKeyReader::isEmptyList).isPresent()) {
      block.wrong(
          "endpoints",
          "expected at least one of \"inference\", \"read\", \"manage\", \"account\" and \"cloud\","
              + " found an empty list: leave it out for inference and read (all, of a key that is"
              + " admin)");
    }
    return once(groupLists, block.texts("endpoints", ApiKeyReader::group));
  }

  private static boolean isEmptyList(Json value) {
    return value instanceof Json.Arr list && list.items().isEmpty();
  }

  private static RouteGroup group(String text) {
    return RouteGroup.of(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected \"inference\", \"read\", \"manage\", \"account\" or \"cloud\""));
  }

  private String uniqueName(String name) {
    if (!names.add(ApiKey.checkName(name))) {
      throw new IllegalArgumentException("another entry has this name: choose another");
    }
    return name;
  }

  private String uniqueCertificate(String certificate) {
    if (certificate.isEmpty()) {
      throw new IllegalArgumentException("expected what the certificate is called, found nothing");
    }
    if (!certificates.add(ApiKey.checkCertificate(certificate))) {
      throw new IllegalArgumentException(
          "another entry has this certificate: a certificate stands for one key");
    }
    return certificate;
  }

  private Optional<String> required(Block block, String name, Function<String, String> parse) {
    if (block.value(name).isEmpty()) {
      block.missing(
          name, "this is missing: an entry has a \"name\" and a \"sha256\" or a \"certificate\"");
    }
    Optional<Json> value = block.value(name);
    return value.isEmpty() ? Optional.empty() : values.text(block.pathOf(name), value.get(), parse);
  }
}
