package ollama.gateway.app;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What gateways have announced in one table: of each name what was said last, which holds until it
 * is forgotten. Every gateway comes to the same, in whatever order it hears of it. For one thread
 * at a time.
 */
final class Announcements {

  private static final System.Logger LOG = System.getLogger(Announcements.class.getName());

  /** The year 10889; what is said to be later is no time. */
  private static final long MILLIS_MAX = 1L << 48;

  private final BiConsumer<String, String> store;
  private final InstantSource clock;
  private final Map<String, Said> latest = new LinkedHashMap<>();

  /** Entries that can't be read, which are logged once. */
  private final Map<String, String> unreadable = new HashMap<>();

  /**
   * What was said of a name.
   *
   * @param at when, in milliseconds since 1970; later than all that its gateway knew of before
   * @param what holds from then on
   */
  record Said(long at, String what) implements Comparable<Said> {

    /** As it is in the store. */
    String text() {
      return at + " " + what;
    }

    static Optional<Said> read(String text) {
      int space = text.indexOf(' ');
      try {
        long at = Long.parseLong(text, 0, Math.max(space, 0), 10);
        return at < 0 || at > MILLIS_MAX
            ? Optional.empty()
            : Optional.of(new Said(at, text.substring(space + 1)));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    /** The later one is the greater one; at the same time it is the same one on all gateways. */
    @Override
    public int compareTo(Said other) {
      int byTime = Long.compare(at, other.at);
      return byTime == 0 ? what.compareTo(other.what) : byTime;
    }
  }

  /**
   * Nothing yet.
   *
   * @param store takes a name and its entry, and tells all gateways; never blocks
   * @param clock what time it is here
   */
  Announcements(BiConsumer<String, String> store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /** What was said last, by the names. */
  Map<String, Said> latest() {
    return latest;
  }

  /** What was said last of a name. */
  Optional<Said> of(String name) {
    return Optional.ofNullable(latest.get(name));
  }

  /** Says something to all gateways, unless it was the last that was said. */
  void say(String name, String what) {
    Said before = latest.get(name);
    if (before != null && before.what.equals(what)) {
      return;
    }
    // However far ahead the clock of another gateway is: who says something has seen what was
    // before.
    long at = before == null ? clock.millis() : Math.max(clock.millis(), before.at + 1);
    Said said = new Said(at, what);
    latest.put(name, said);
    store.accept(name, said.text());
  }

  /** Says the same of a name once more, if it was said as long ago. */
  void renew(String name, Duration after) {
    Said before = latest.get(name);
    if (before != null && before.at < clock.millis() - after.toMillis()) {
      Said said = new Said(clock.millis(), before.what);
      latest.put(name, said);
      store.accept(name, said.text());
    }
  }

  /** Nothing was ever said of these names, as far as anybody remembers. */
  void forget(Set<String> names) {
    latest.keySet().removeAll(names);
    unreadable.keySet().removeAll(names);
  }

  /** What was said last and what the store has, by the names. */
  Map<String, String> with(Map<String, String> entries) {
    Map<String, String> all = new HashMap<>(entries);
    latest.forEach((name, said) -> all.put(name, said.text()));
    return all;
  }

  /** What time it is here, in milliseconds since 1970. */
  long millis() {
    return clock.millis();
  }

  /**
   * Takes note of all that the store has. What it has lost, or has of an earlier time, it is told
   * again.
   *
   * @return whether anything was new
   */
  boolean heard(Map<String, String> entries) {
    boolean isNew = false;
    Map<String, Said> behind = new LinkedHashMap<>(latest);
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      String name = entry.getKey();
      Optional<Said> said = Said.read(entry.getValue());
      if (said.isEmpty()) {
        warn(name, entry.getValue());
        continue;
      }
      Said known = latest.get(name);
      int isLater = known == null ? 1 : said.get().compareTo(known);
      if (isLater > 0) {
        latest.put(name, said.get());
        isNew = true;
      }
      if (isLater >= 0) {
        behind.remove(name);
      }
    }
    behind.forEach((name, said) -> store.accept(name, said.text()));
    return isNew;
  }

  private void warn(String name, String text) {
    if (!text.equals(unreadable.put(name, text))) {
      LOG.log(
          System.Logger.Level.WARNING,
          "what is announced of "
              + name
              + " begins with no time, so it doesn't count: a gateway of another version may have"
              + " written it");
    }
  }
}
