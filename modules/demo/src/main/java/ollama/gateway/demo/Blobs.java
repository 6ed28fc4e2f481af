package ollama.gateway.demo;

import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Digests of what was uploaded; the bytes themselves are dropped as they come. */
final class Blobs {

  /** Beyond it, the oldest is forgotten. */
  static final int COUNT_MAX = 1_000;

  private static final Pattern DIGEST = Pattern.compile("sha256[:-][0-9a-fA-F]{64}");

  private final ArrayDeque<String> digests = new ArrayDeque<>();

  /** The usual form of a digest, {@code sha256:} and 64 lower-case digits; empty if it is none. */
  static Optional<String> parse(String text) {
    return DIGEST.matcher(text).matches()
        ? Optional.of(text.replace('-', ':').toLowerCase(Locale.ROOT))
        : Optional.empty();
  }

  synchronized boolean has(String digest) {
    return digests.contains(digest);
  }

  synchronized void add(String digest) {
    if (!digests.contains(digest)) {
      if (digests.size() == COUNT_MAX) {
        digests.removeFirst();
      }
      digests.addLast(digest);
    }
  }
}
