package ollama.gateway.app;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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

  /** The first of {@code key-1}, {@code key-2}, … from the next position on that nobody has. */
  static String freeName(List<ApiKey> keys) {
    Set<String> taken = keys.stream().map(ApiKey::name).collect(Collectors.toSet());
    int n = keys.size() + 1;
    while (taken.contains("key-" + n)) {
      n++;
    }
    return "key-" + n;
  }
}
