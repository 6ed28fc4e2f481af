package ollama.gateway.console;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Who is logged in at the status page. A session stands for a key without being one: it is random,
 * ends by itself, and nobody else than this gateway, until its next start, knows it. For any number
 * of threads.
 */
public final class Logins {

  /** How many a key has at most; one beyond ends the one of it that was unused for longest. */
  static final int LOGINS_OF_KEY_MAX = 20;

  /** However much it is used, a session lasts no longer than this many times its idle time. */
  static final int LIVES = 12;

  private static final int TOKEN_BYTES = 32;

  private final Map<String, Login> byToken = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;

  /**
   * Nobody is logged in.
   *
   * @param nanoTime what time it is, as {@link System#nanoTime} tells it
   */
  public Logins(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** One of them. */
  private static final class Login {
    private final String keyId;
    private final long beganNanos;
    private volatile long usedNanos;

    Login(String keyId, long now) {
      this.keyId = keyId;
      this.beganNanos = now;
      this.usedNanos = now;
    }

    boolean isOver(long idleNanos, long now) {
      return now - usedNanos >= idleNanos || now - beganNanos >= LIVES * idleNanos;
    }
  }

  /**
   * Logs somebody in. Reads random bytes: not on an event loop.
   *
   * @param keyId with which key, by its id
   * @return what the browser has to show from now on: 43 characters of base64url
   */
  public String begin(String keyId) {
    byte[] token = new byte[TOKEN_BYTES];
    // Made here: it costs a start several milliseconds, and few log in.
    new SecureRandom().nextBytes(token);
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    long now = nanoTime.getAsLong();
    Login _ = byToken.put(text, new Login(keyId, now));
    endOldest(keyId, now);
    return text;
  }

  /**
   * Whose session it is, which counts as a use.
   *
   * @param idleNanos how long a session lasts without a use
   * @return the key's id; empty if there is no such session, or no more
   */
  public Optional<String> keyOf(String token, long idleNanos) {
    Login login = byToken.get(token);
    if (login == null) {
      return Optional.empty();
    }
    long now = nanoTime.getAsLong();
    if (login.isOver(idleNanos, now)) {
      end(token);
      return Optional.empty();
    }
    login.usedNanos = now;
    return Optional.of(login.keyId);
  }

  /** Logs out; does nothing where there is no such session. */
  public void end(String token) {
    Login _ = byToken.remove(token);
  }

  /**
   * Logs out whoever has other keys than these.
   *
   * @param isGood whether a key may be logged in with, by its id
   */
  public void keepOnly(Predicate<String> isGood) {
    boolean _ = byToken.values().removeIf(login -> !isGood.test(login.keyId));
  }

  private void endOldest(String keyId, long now) {
    List<Map.Entry<String, Login>> all =
        byToken.entrySet().stream().filter(e -> e.getValue().keyId.equals(keyId)).toList();
    if (all.size() > LOGINS_OF_KEY_MAX) {
      all.stream()
          .max(Comparator.comparingLong(entry -> now - entry.getValue().usedNanos))
          .ifPresent(oldest -> end(oldest.getKey()));
    }
  }
}
