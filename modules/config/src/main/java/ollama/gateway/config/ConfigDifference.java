package ollama.gateway.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A setting that is another one here than there. Nothing in it is a secret, see {@link ConfigView}.
 *
 * @param path which, such as {@code limits.connections} or {@code apiKeys[alice].disabled}; of an
 *     entry that is there in one only, {@code apiKeys[alice]}
 * @param running what a gateway runs with; empty if it has none
 * @param file what the file says; empty if it has none
 */
public record ConfigDifference(String path, Optional<String> running, Optional<String> file) {
  /** What a reload leaves as it is, and what stands below. */
  static final List<String> NEEDS_RESTART =
      List.of("gatewayAddress", "io", "shared", "stateDirectory", "usage", "metrics.namespace");

  /** The one list of objects that may be empty. */
  private static final String KEYS = "apiKeys";

  /**
   * Compares settings. Servers and keys are told apart by their names, wherever they stand.
   *
   * @param running what a gateway said of itself, as {@link ConfigView#json} writes it
   * @param file the settings to compare with
   * @return what differs, in the order of the settings
   * @throws ConfigException if what runs isn't an object of JSON
   */
  public static List<ConfigDifference> of(String running, GatewayConfig file)
      throws ConfigException {
    Map<String, String> here = flat(running);
    Map<String, String> there = flat(ConfigView.json(file));
    Set<String> paths = new LinkedHashSet<>(here.keySet());
    paths.addAll(there.keySet());
    List<ConfigDifference> differences = new ArrayList<>();
    String whole = "";
    for (String path : paths) {
      Optional<String> is = Optional.ofNullable(here.get(path));
      Optional<String> willBe = Optional.ofNullable(there.get(path));
      boolean isEntry = path.endsWith("]");
      boolean isTold = !whole.isEmpty() && path.startsWith(whole);
      if (!is.equals(willBe) && !isTold && !(isEntry && is.isPresent() && willBe.isPresent())) {
        differences.add(new ConfigDifference(path, is, willBe));
        whole = isEntry ? path + "." : whole;
      }
    }
    return differences;
  }

  /** Whether it is one that only a restart changes. */
  public boolean needsRestart() {
    return NEEDS_RESTART.stream()
        .anyMatch(setting -> path.equals(setting) || path.startsWith(setting + "."));
  }

  private static Map<String, String> flat(String json) throws ConfigException {
    Map<String, String> flat = new LinkedHashMap<>();
    flatten("", JsonParsing.parse("the answer", json, new HeapRoom()), flat);
    return flat;
  }

  private static void flatten(String path, Json.Obj object, Map<String, String> flat) {
    for (Json.Member member : object.members()) {
      String name = path.isEmpty() ? member.name() : path + "." + member.name();
      switch (member.value()) {
        case Json.Obj inner -> flatten(name, inner, flat);
        case Json.Arr(_, _, List<Json> items) when isOfObjects(items) -> {
          for (Json item : items) {
            entry(name, (Json.Obj) item, flat);
          }
        }
        case Json.Arr(_, _, List<Json> items) when items.isEmpty() && name.equals(KEYS) -> {}
        default -> flat.put(name, shown(member.value()));
      }
    }
  }

  private static boolean isOfObjects(List<Json> items) {
    return !items.isEmpty() && items.stream().allMatch(Json.Obj.class::isInstance);
  }

  private static void entry(String list, Json.Obj entry, Map<String, String> flat) {
    String name = list + "[" + text(entry, "name") + "]";
    String digest = text(entry, "sha256");
    flat.put(name, digest.isEmpty() ? text(entry, "url") : digest);
    flatten(name, entry, flat);
  }

  private static String text(Json.Obj entry, String name) {
    return Splices.member(entry, name)
        .map(Json.Member::value)
        .map(value -> value instanceof Json.Text(_, _, String text) ? text : "")
        .orElse("");
  }

  /** In words that stand in a line. */
  private static String shown(Json value) {
    return switch (value) {
      case Json.Text(_, _, String text) -> ollama.gateway.ollama.Json.quote(text);
      case Json.Num(_, _, String digits) -> digits;
      case Json.Arr(_, _, List<Json> items) ->
          "[" + String.join(", ", items.stream().map(ConfigDifference::shown).toList()) + "]";
      default -> value.kind();
    };
  }
}
