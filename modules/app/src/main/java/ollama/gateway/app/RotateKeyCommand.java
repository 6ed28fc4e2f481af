package ollama.gateway.app;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ApiKeyList;

/** {@code key rotate}: a new key with the settings and the name of another. */
final class RotateKeyCommand {

  private static final String OLD = "-old";
  private static final int NAME_LENGTH_MAX = 64;

  private RotateKeyCommand() {}

  /** The old key as it goes on for a while: the name that it has then, and until when. */
  private record Leaving(String name, String until) {}

  /**
   * Makes the key and prints it alone to {@code out}; what became of the old one goes to {@code
   * err}.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @param clock what time it is
   * @return the exit status
   */
  static int run(
      Command.RotateKey asked,
      Map<String, String> environment,
      InstantSource clock,
      PrintStream out,
      PrintStream err) {
    Instant now = clock.instant();
    String key = new KeyMint().mint();
    AtomicReference<String> name = new AtomicReference<>("");
    AtomicReference<Optional<Leaving>> leaving = new AtomicReference<>(Optional.empty());
    KeyFileChange change = new KeyFileChange(asked.config(), environment, err, "no key was made");
    return change.make(
        keys -> {
          ApiKeyList.Entry old = theOne(KeyLookup.find(keys, asked.name()));
          name.set(old.key().name());
          if (old.key().isOfCertificateAlone()) {
            throw new KeyRefusedException(
                name.get() + " is for a certificate and has no key that could be replaced");
          }
          leaving.set(asked.overlap().map(overlap -> leaving(keys, old.key(), now, overlap)));
          leaving.get().ifPresent(l -> keys.addCopy(old, l.name(), l.until()));
          keys.replaceKey(old, ApiKey.ofPlain(name.get(), key, false).sha256());
        },
        () -> {
          out.println(key);
          out.flush();
          err.println(
              "This key has taken the place of "
                  + name.get()
                  + " in "
                  + asked.config()
                  + ", with all settings; only its digest is stored, and "
                  + change.inForce()
                  + ". What is counted of a key begins anew. The old key "
                  + leaving
                      .get()
                      .map(l -> "is " + l.name() + " and expires at " + l.until() + ".")
                      .orElse("isn't let in any more."));
          change.warnIfUseless(name.get(), now);
        });
  }

  private static ApiKeyList.Entry theOne(List<ApiKeyList.Entry> found) throws KeyRefusedException {
    if (found.size() > 1) {
      throw new KeyRefusedException(
          "this key is in the list more than once: "
              + KeyLookup.labels(found)
              + "; remove all but one of these entries, or the old key would be let in further");
    }
    return found.getFirst();
  }

  private static Leaving leaving(ApiKeyList keys, ApiKey old, Instant now, Duration overlap) {
    boolean sooner = !old.expires().isEmpty() && old.expiresAt().isBefore(now.plus(overlap));
    return new Leaving(
        freeName(keys.names(), old.name()),
        sooner ? old.expires() : Quantities.after(now, overlap));
  }

  /** The first of {@code NAME-old}, {@code NAME-old-2}, … that nobody has. */
  private static String freeName(Set<String> taken, String name) {
    String free = cut(name, OLD);
    for (int n = 2; taken.contains(free); n++) {
      free = cut(name, OLD + "-" + n);
    }
    return free;
  }

  private static String cut(String name, String end) {
    return name.substring(0, Math.min(name.length(), NAME_LENGTH_MAX - end.length())) + end;
  }
}
