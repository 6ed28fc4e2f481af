package ollama.gateway.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.ollama.RouteGroup;

/**
 * The {@code apiKeys} of a settings file that can be used, each with its place in the text, so that
 * they can be changed while every other byte stays. What is asked for isn't seen here before it is
 * written. For one thread.
 */
public final class ApiKeyList {
  private static final String NAME = "apiKeys";
  private static final String DISABLED = "disabled";

  private final ConfigLoader.Read read;
  private final String text;
  private final Json.Obj root;
  private final List<Entry> entries;
  private final TextEdits edits = new TextEdits();

  /** The keys of a text that has been read without a problem. */
  ApiKeyList(ConfigLoader.Read read) {
    this.read = read;
    text = read.text();
    root = read.root();
    entries = List.copyOf(read.keys().entries());
  }

  /** An entry of the file. */
  public static final class Entry {
    private final int index;
    private final ApiKey key;
    private final boolean plain;

    Entry(int index, ApiKey key, boolean plain) {
      this.index = index;
      this.key = key;
      this.plain = plain;
    }

    /** What is read there. */
    public ApiKey key() {
      return key;
    }

    /** Whether the key itself stands there, or the variable that holds it, and no digest. */
    public boolean isPlain() {
      return plain;
    }
  }

  /** All that the text says. */
  GatewayConfig config() {
    return read.loaded().config();
  }

  /** The same with all that was asked for, read as a file. */
  GatewayConfig changedConfig(ConfigLoader loader, String fileName, byte[] changed)
      throws ConfigException {
    return loader.read(fileName, changed, read.keys().known()).loaded().config();
  }

  /** What stands there of an entry. */
  private Json json(Entry entry) {
    return list(root).orElseThrow().items().get(entry.index);
  }

  private static Optional<Json.Arr> list(Json.Obj root) {
    return Splices.member(root, NAME)
        .map(Json.Member::value)
        .flatMap(value -> value instanceof Json.Arr list ? Optional.of(list) : Optional.empty());
  }

  /**
   * The entries as they were read, in the order of the file.
   *
   * @return all of them; a key may be there twice, a name can't
   */
  public List<Entry> entries() {
    return entries;
  }

  /**
   * The names that are taken.
   *
   * @return those of the entries, in the order of the file
   */
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    entries.forEach(entry -> names.add(entry.key.name()));
    return names;
  }

  /**
   * The keys that stand there themselves and are called otherwise once entries are taken away.
   *
   * @param removed entries of this list
   * @return the names that they get by those that they have, in the order of the file
   */
  public Map<String, String> renamedWithout(List<Entry> removed) {
    Set<Entry> gone = new HashSet<>(removed);
    List<Entry> left = entries.stream().filter(entry -> !gone.contains(entry)).toList();
    Set<String> given = new HashSet<>();
    for (Entry entry : left) {
      if (!entry.isPlain()) {
        given.add(entry.key.name());
      }
    }
    Map<String, String> renamed = new LinkedHashMap<>();
    for (int i = 0; i < left.size(); i++) {
      String was = left.get(i).key.name();
      String name = left.get(i).isPlain() ? ApiKeyReader.automaticName(i, given) : was;
      if (!name.equals(was)) {
        renamed.put(was, name);
      }
    }
    return renamed;
  }

  /**
   * Asks for one more entry, at the end.
   *
   * @param entry its text
   */
  public void add(ApiKeyText entry) {
    append(entry.toString());
  }

  /**
   * Asks for entries to be taken away.
   *
   * @param removed entries of this list, at least one
   */
  public void remove(List<Entry> removed) {
    Set<Integer> positions = new HashSet<>();
    removed.forEach(entry -> positions.add(entry.index));
    Splices.remove(edits, list(root).orElseThrow(), positions);
  }

  /**
   * Asks for a key to be switched off. If it stands there itself, its digest takes its place.
   *
   * @param entry an entry of this list
   */
  public void disable(Entry entry) {
    if (json(entry) instanceof Json.Obj object) {
      Splices.set(edits, text, object, DISABLED, "true");
    } else {
      replace(entry, likePlain(entry.key.name(), entry.key.sha256()).put(DISABLED, true));
    }
  }

  /**
   * Asks for a key to be switched on.
   *
   * @param entry an entry of this list
   */
  public void enable(Entry entry) {
    if (json(entry) instanceof Json.Obj object) {
      Splices.remove(edits, object, DISABLED);
    }
  }

  /**
   * Asks for another key in the place of an entry's, with all of its settings.
   *
   * @param entry an entry of this list
   * @param sha256 the other key's digest
   */
  public void replaceKey(Entry entry, String sha256) {
    if (json(entry) instanceof Json.Obj object) {
      Splices.set(edits, text, object, "sha256", ApiKeyText.quote(sha256));
    } else {
      replace(entry, likePlain(entry.key.name(), sha256));
    }
  }

  /**
   * Asks for an entry to be there once more, at the end, so that no other's position changes; but
   * for its certificate, which can be in one alone.
   *
   * @param entry an entry of this list
   * @param name what the copy is called
   * @param expires when the copy expires
   */
  public void addCopy(Entry entry, String name, String expires) {
    if (json(entry) instanceof Json.Obj object) {
      TextEdits copied = new TextEdits();
      Splices.set(copied, text, object, "name", ApiKeyText.quote(name));
      Splices.set(copied, text, object, "expires", ApiKeyText.quote(expires));
      // It stays with the entry that it was in.
      Splices.remove(copied, object, "certificate");
      append(copied.apply(text, object.start(), object.end()));
    } else {
      append(likePlain(name, entry.key.sha256()).put("expires", expires).toString());
    }
  }

  /** An object that may what a key may that stands there itself. */
  private static ApiKeyText likePlain(String name, String sha256) {
    List<String> all = new ArrayList<>();
    for (RouteGroup group : RouteGroup.values()) {
      all.add(group.label());
    }
    return ApiKeyText.of(name, sha256).put("endpoints", all);
  }

  private void replace(Entry entry, ApiKeyText object) {
    Json json = json(entry);
    edits.replace(json.start(), json.end(), object.toString());
  }

  private void append(String entry) {
    Optional<Json.Arr> list = list(root);
    Optional<Json.Member> member = Splices.member(root, NAME);
    if (list.isPresent()) {
      Splices.append(edits, text, list.get(), entry);
    } else if (member.isPresent()) {
      Json value = member.get().value();
      edits.replace(value.start(), value.end(), "[" + entry + "]");
    } else {
      Splices.append(edits, text, root, NAME, "[" + entry + "]");
    }
  }

  /** Whether anything was asked for. */
  boolean isChanged() {
    return !edits.isEmpty();
  }

  /** The file's text with all that was asked for. */
  String changed() {
    return edits.apply(text);
  }
}
