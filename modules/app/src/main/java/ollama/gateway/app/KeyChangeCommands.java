package ollama.gateway.app;

import java.io.PrintStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ApiKeyList;
import org.jspecify.annotations.Nullable;

/** {@code key disable}, {@code key enable} and {@code key delete}. */
final class KeyChangeCommands {

  private final Map<String, String> environment;
  private final InstantSource clock;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * Prepares.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @param clock what time it is
   */
  KeyChangeCommands(
      Map<String, String> environment, InstantSource clock, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.clock = clock;
    this.out = out;
    this.err = err;
  }

  /** Takes a key away, with all of its entries; returns the exit status. */
  int delete(Command.DeleteKey asked) {
    KeyFileChange change =
        new KeyFileChange(asked.config(), environment, err, "nothing was deleted");
    AtomicReference<String> what = new AtomicReference<>("");
    AtomicReference<Standings> standings = new AtomicReference<>();
    return change.make(
        keys -> {
          List<ApiKeyList.Entry> found = KeyLookup.find(keys, asked.name());
          List<ApiKey> rest = new ArrayList<>(all(keys));
          found.forEach(entry -> rest.remove(entry.key()));
          standings.set(weigh(all(keys), rest, "", asked.force()));
          keys.remove(found);
          what.set(KeyLookup.labels(found) + " was deleted" + renamed(keys, found));
        },
        () -> done(what.get(), change, standings.get()));
  }

  /** Switches a key on or off; returns the exit status. */
  int change(Command.SwitchKey asked) {
    KeyFileChange change =
        new KeyFileChange(asked.config(), environment, err, "nothing was changed");
    AtomicReference<String> what = new AtomicReference<>("");
    AtomicReference<Standings> standings = new AtomicReference<>();
    return change.make(
        keys -> {
          List<ApiKeyList.Entry> found = KeyLookup.find(keys, asked.name());
          String label = KeyLookup.labels(found);
          List<ApiKeyList.Entry> other =
              found.stream().filter(entry -> entry.key().disabled() == asked.on()).toList();
          if (other.isEmpty()) {
            what.set(label + " is " + (asked.on() ? "enabled" : "disabled") + " already");
          } else if (asked.on()) {
            other.forEach(keys::enable);
            what.set(label + " was enabled");
          } else {
            String digest = found.getFirst().key().sha256();
            standings.set(weigh(all(keys), all(keys), digest, asked.force()));
            other.forEach(keys::disable);
            boolean plain = other.stream().anyMatch(ApiKeyList.Entry::isPlain);
            what.set(
                label
                    + " was disabled"
                    + (plain ? "; its digest stands where the key itself stood" : ""));
          }
        },
        () -> done(what.get(), change, standings.get()));
  }

  /** What keys mean before a change, and after it. */
  private record Standings(KeyStanding before, KeyStanding after) {}

  private static List<ApiKey> all(ApiKeyList keys) {
    return keys.entries().stream().map(ApiKeyList.Entry::key).toList();
  }

  /** Refuses what lets others do more, unless that is what is wanted. */
  private Standings weigh(List<ApiKey> before, List<ApiKey> after, String disabled, boolean force)
      throws KeyRefusedException {
    Instant now = clock.instant();
    KeyStanding is = new KeyStanding(before, _ -> false, now);
    KeyStanding willBe = new KeyStanding(after, key -> key.sha256().equals(disabled), now);
    Optional<String> danger = willBe.danger(is);
    if (danger.isPresent() && !force) {
      throw new KeyRefusedException(
          danger.get() + "; make another admin first (`key new --admin`), or insist with --force");
    }
    return new Standings(is, willBe);
  }

  private void done(String what, KeyFileChange change, @Nullable Standings standings) {
    out.println(what + "; " + change.inForce());
    if (standings != null) {
      standings.after().warn(standings.before(), err);
    }
  }

  /** Keys that stand there themselves are called by their positions, which may change. */
  private static String renamed(ApiKeyList keys, List<ApiKeyList.Entry> removed) {
    List<String> moved = new ArrayList<>();
    keys.renamedWithout(removed).forEach((was, name) -> moved.add(was + " is " + name));
    return moved.isEmpty()
        ? ""
        : ", and since keys without a name are called by their position, now "
            + String.join(", ", moved);
  }
}
