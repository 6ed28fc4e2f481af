package ollama.gateway.app;

import java.io.PrintStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ApiKeyList;

/** {@code key new}: a key for somebody, its digest in the settings file. */
final class NewKeyCommand {

  private NewKeyCommand() {}

  /**
   * Makes the key and prints it alone to {@code out}, so that a script can keep it; what to do with
   * it goes to {@code err}.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @return the exit status
   */
  static int run(
      Command.NewKey asked, Map<String, String> environment, PrintStream out, PrintStream err) {
    return run(asked, environment, InstantSource.system(), out, err);
  }

  static int run(
      Command.NewKey asked,
      Map<String, String> environment,
      InstantSource clock,
      PrintStream out,
      PrintStream err) {
    Instant now = clock.instant();
    String key = new KeyMint().mint();
    AtomicReference<String> name = new AtomicReference<>("");
    KeyFileChange change = new KeyFileChange(asked.config(), environment, err, "no key was made");
    return change.make(
        keys -> {
          name.set(name(asked.name(), keys));
          String digest = digest(name.get(), key);
          keys.add(asked.settings().entry(name.get(), digest, now));
        },
        () -> {
          out.println(key);
          out.flush();
          err.println(
              "This key was added to "
                  + asked.config()
                  + " as "
                  + name.get()
                  + (asked.settings().admin() ? ", an admin" : "")
                  + "; only its digest is stored, and "
                  + change.inForce()
                  + ".");
          change.warnIfUseless(name.get(), now);
        });
  }

  private static String name(Optional<String> wanted, ApiKeyList keys) throws KeyRefusedException {
    Set<String> taken = keys.names();
    if (wanted.isPresent() && taken.contains(wanted.get())) {
      throw new KeyRefusedException(
          "there is a key named " + wanted.get() + " already: choose another --name");
    }
    return wanted.orElseGet(() -> KeyMint.freeName(taken, List.of()));
  }

  private static String digest(String name, String key) throws KeyRefusedException {
    try {
      return ApiKey.ofPlain(name, key, false).sha256();
    } catch (IllegalArgumentException e) {
      throw new KeyRefusedException("--name " + name + ": " + e.getMessage());
    }
  }
}
