package ollama.gateway.console;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Who is logged in at the status page. A session stands for a key without being one: it is random,
 * ends by itself, and nobody else than this gateway, until its next start, knows it. For any number
 * of threads.
 */
public final class Logins {

  /** How many there are at most; a login beyond ends the one that was unused for longest. */
  static final int LOGINS_MAX = 1_000;

  /** However much it is used, a session lasts no longer than this many times its idle time. */
  static final int LIVES = 12;

  private static final int TOKEN_BYTES = 32;

  private final Map<String, Session> byToken = new ConcurrentHashMap<>();
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
  private static final class Session {
    private final String keyId;
    private final long beganNanos;
    private volatile long usedNanos;

    Session(String keyId, long now) {
      this.keyId = keyId;
      this.beganNanos = now;
      this.usedNanos = now;
    }

    boolean isOver(long idleNanos, long now) {
      return now - usedNanos >= idleNanos || now - beganNanos >= LIVES * idleNanos;
    }
  }

  /**
   * Logs somebody in.
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
    Session _ = byToken.put(text, new Session(keyId, now));
    while (byToken.size() > LOGINS_MAX) {
      endOldest(now);
    }
    return text;
  }

  /**
   * Whose session it is, which counts as a use.
   *
   * @param idleNanos how long a session lasts without a use
   * @return the key's id; empty if there is no such session, or no more
   */
  public Optional<String> keyOf(String token, long idleNanos) {
    Session session = byToken.get(token);
    if (session == null) {
      return Optional.empty();
    }
    long now = nanoTime.getAsLong();
    if (session.isOver(idleNanos, now)) {
      end(token);
      return Optional.empty();
    }
    session.usedNanos = now;
    return Optional.of(session.keyId);
  }

  /** Logs out; does nothing where there is no such session. */
  public void end(String token) {
    Session _ = byToken.remove(token);
  }

  private void endOldest(long now) {
    byToken.entrySet().stream()
        .max(Comparator.comparingLong(entry -> now - entry.getValue().usedNanos))
        .ifPresent(oldest -> end(oldest.getKey()));
  }
}
