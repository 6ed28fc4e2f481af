package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import ollama.gateway.http.server.Subscriber;

/**
 * What clients sent within the last hour where a key may stand, beside a right key in another
 * place: many have a word there that is always the same, which is a guess once only.
 *
 * <p>Of fixed size, as {@link FamiliarKeys}. Nobody can find two texts that are taken for one.
 */
final class KnownMistakes {

  private static final int PLACES = 1 << 12;
  private static final int SECRET_BYTES = 32;

  private final FamiliarKeys known;

  /** Made with the first mistake: randomness costs a start more than all else here. */
  private static final class Secret {
    private static final byte[] BYTES = new byte[SECRET_BYTES];

    static {
      new SecureRandom().nextBytes(BYTES);
    }
  }

  KnownMistakes(LongSupplier nanoClock) {
    known = new FamiliarKeys(nanoClock, PLACES);
  }

  /** What tells a text from others, which isn't kept itself. */
  static long fingerprint(byte[] bytes, int from, int to) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    digest.update(Secret.BYTES);
    digest.update(bytes, from, to - from);
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  /** A client sent this, and it was counted. */
  void seen(Subscriber client, long fingerprint) {
    known.seen(client, fingerprint);
  }

  /** Whether the client sent this within the last hour. */
  boolean knows(Subscriber client, long fingerprint) {
    return known.knows(client, fingerprint);
  }
}
