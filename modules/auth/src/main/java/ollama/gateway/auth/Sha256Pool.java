package ollama.gateway.auth;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A few SHA-256 instances for any number of threads. Not a thread local: requests run on virtual
 * threads, each of which would make an instance of its own and leave it behind. Nobody ever waits
 * here: who finds every slot empty gets a new instance.
 */
final class Sha256Pool {
  private final AtomicReferenceArray<@Nullable Sha256> slots;

  Sha256Pool(int capacity) {
    slots = new AtomicReferenceArray<>(capacity);
  }

  Sha256 take() {
    for (int i = 0; i < slots.length(); i++) {
      if (slots.getPlain(i) != null) {
        Sha256 pooled = slots.getAndSet(i, null);
        if (pooled != null) {
          return pooled;
        }
      }
    }
    return new Sha256();
  }

  void giveBack(Sha256 hash) {
    for (int i = 0; i < slots.length(); i++) {
      if (slots.getPlain(i) == null && slots.compareAndSet(i, null, hash)) {
        return;
      }
    }
  }

  /** A digest with the buffer for its result, so that hashing allocates nothing. */
  static final class Sha256 {
    static final int BYTES = 32;

    private final MessageDigest digest;
    private final byte[] result = new byte[BYTES];

    Sha256() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }

    /** The digest of the range; valid until the next call, and not to be changed. */
    byte[] of(byte[] bytes, int from, int to) {
      digest.update(bytes, from, to - from);
      try {
        digest.digest(result, 0, BYTES);
      } catch (DigestException e) {
        throw new IllegalStateException("the buffer has the size of a digest", e);
      }
      return result;
    }
  }
}
