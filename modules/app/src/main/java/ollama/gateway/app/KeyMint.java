package ollama.gateway.app;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import ollama.gateway.config.ApiKey;

/** Makes keys, and names for those that get none. */
final class KeyMint {

  private static final int KEY_BYTES = 32;

  /** A key of 32 random bytes, base64url without padding. */
  String mint() {
    byte[] bytes = new byte[KEY_BYTES];
    // Made here: it costs a start several milliseconds, and few starts mint.
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The first of {@code key-1}, {@code key-2}, … from the next position on that nobody has.
   *
   * @param taken the names in the file as it is
   * @param known the keys as they were read, which may have been another file's
   */
  static String freeName(Set<String> taken, List<ApiKey> known) {
    Set<String> names = new HashSet<>(taken);
    known.forEach(key -> names.add(key.name()));
    int n = taken.size() + 1;
    while (names.contains("key-" + n)) {
      n++;
    }
    return "key-" + n;
  }
}
