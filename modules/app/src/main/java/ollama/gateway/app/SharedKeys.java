package ollama.gateway.app;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigException;

/**
 * The keys to be in force: those of the file, and over them what gateways have announced. Where
 * nothing is shared, those of the file. For one thread at a time.
 */
final class SharedKeys {

  private static final System.Logger LOG = System.getLogger(SharedKeys.class.getName());

  private final boolean shared;
  private final Announcements announcements;
  private final Map<String, AnnouncedKey> announced = new HashMap<>();
  private List<ApiKey> inFile = List.of();

  private SharedKeys(boolean shared, BiConsumer<String, String> store, InstantSource clock) {
    this.shared = shared;
    this.announcements = new Announcements(store, clock);
  }

  /** Those of a gateway that is by itself. */
  static SharedKeys none() {
    return new SharedKeys(false, (_, _) -> {}, InstantSource.system());
  }

  /**
   * Those of one of several gateways.
   *
   * @param store see {@link Announcements}
   */
  static SharedKeys with(BiConsumer<String, String> store, InstantSource clock) {
    return new SharedKeys(true, store, clock);
  }

  /** Whether what is made or switched here is in force elsewhere. */
  boolean areShared() {
    return shared;
  }

  /** What the file says at the start, which is told to nobody. */
  List<ApiKey> begin(List<ApiKey> file) {
    inFile = file;
    return all();
  }

  /** All keys as they are to be in force. */
  List<ApiKey> all() {
    return MergedKeys.of(inFile, announced);
  }

  /** The same if the file says this next. */
  List<ApiKey> withFile(List<ApiKey> next) {
    if (announced.isEmpty()) {
      return next;
    }
    Map<String, AnnouncedKey> without = new HashMap<>(announced);
    without.keySet().removeAll(MergedKeys.difference(inFile, next).keySet());
    return MergedKeys.of(next, without);
  }

  /** The file says this from now on; what it says otherwise than before is told to all. */
  void fileSays(List<ApiKey> next) {
    List<ApiKey> before = inFile;
    inFile = next;
    if (shared) {
      MergedKeys.difference(before, next).forEach(this::announce);
    }
  }

  /** The same keys with one that is made, or otherwise. */
  List<ApiKey> with(ApiKey key) {
    Map<String, AnnouncedKey> without = new HashMap<>(announced);
    without.remove(key.sha256());
    return MergedKeys.of(fileWith(key), without);
  }

  /**
   * A key was made, or is otherwise, which is told to all.
   *
   * @param isInFile whether the file says so, too
   */
  void changed(ApiKey key, boolean isInFile) {
    if (isInFile) {
      inFile = fileWith(key);
    }
    announce(key.sha256(), Optional.of(key));
  }

  /** The same of a key of which the file says so if it has it. */
  void switched(ApiKey key) {
    changed(key, inFile.stream().anyMatch(other -> other.sha256().equals(key.sha256())));
  }

  private List<ApiKey> fileWith(ApiKey key) {
    List<ApiKey> keys = new ArrayList<>(inFile);
    keys.replaceAll(other -> other.sha256().equals(key.sha256()) ? key : other);
    if (!keys.contains(key)) {
      keys.add(key);
    }
    return List.copyOf(keys);
  }

  /** The entry of a key as it was written or announced, whatever it is called here. */
  Optional<ApiKey> entry(String id) {
    AnnouncedKey said = announced.get(id);
    return said == null
        ? inFile.stream().filter(key -> key.sha256().equals(id)).findFirst()
        : said.key();
  }

  /**
   * Takes note of all that the store has.
   *
   * @return whether anything was new
   */
  boolean heard(Map<String, String> entries) {
    inFile.forEach(key -> renewRemoval(key.sha256()));
    Set<String> over = Removals.over(announcements.with(entries), announcements.millis());
    inFile.forEach(key -> over.remove(key.sha256()));
    announcements.forget(over);
    announced.keySet().removeAll(over);
    Map<String, String> remembered = new HashMap<>(entries);
    remembered.keySet().removeAll(over);
    Map<String, Announcements.Said> before = new HashMap<>(announcements.latest());
    boolean isNew = announcements.heard(remembered);
    announcements
        .latest()
        .forEach(
            (id, said) -> {
              if (!said.equals(before.get(id))) {
                announced.put(id, read(id, said));
              }
            });
    return isNew;
  }

  /** As long as a file has a key that was removed, nobody may forget that. */
  private void renewRemoval(String id) {
    if (announcements.of(id).filter(AnnouncedKey::isRemoval).isPresent()) {
      announcements.renew(id, Removals.RENEWED);
      announcements.of(id).ifPresent(said -> announced.put(id, read(id, said)));
    }
  }

  private void announce(String id, Optional<ApiKey> key) {
    if (shared) {
      announcements.say(id, AnnouncedKey.text(key));
      announcements.of(id).ifPresent(said -> announced.put(id, read(id, said)));
    }
  }

  private static AnnouncedKey read(String id, Announcements.Said said) {
    try {
      return AnnouncedKey.read(id, said);
    } catch (ConfigException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "what another gateway has announced of a key can't be used here, so that key isn't let"
              + " in: is that gateway of a later version? "
              + e.getMessage());
      return AnnouncedKey.unusable(id, said);
    }
  }
}
