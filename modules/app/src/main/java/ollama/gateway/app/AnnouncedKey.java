package ollama.gateway.app;

import java.util.Optional;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ApiKeyEntry;
import ollama.gateway.config.ConfigException;

/**
 * What gateways have announced of a key.
 *
 * @param id its digest, or what counts in its place
 * @param at when, see {@link Announcements.Said}
 * @param key its entry; empty if it isn't let in any more
 */
record AnnouncedKey(String id, long at, Optional<ApiKey> key) {

  private static final String REMOVED = "removed";

  /** As it is announced. */
  static String text(Optional<ApiKey> key) {
    return key.map(ApiKeyEntry::text).orElse(REMOVED);
  }

  /** Whether an entry looks as if it said that a key was removed, which is quickly seen. */
  static boolean mayBeRemoval(String entry) {
    return entry.endsWith(REMOVED);
  }

  /** Whether that is what was said. */
  static boolean isRemoval(Announcements.Said said) {
    return said.what().equals(REMOVED);
  }

  /**
   * Reads it.
   *
   * @throws ConfigException if it is no entry of that key
   */
  static AnnouncedKey read(String id, Announcements.Said said) throws ConfigException {
    if (isRemoval(said)) {
      return unusable(id, said);
    }
    ApiKey key = ApiKeyEntry.read(said.what());
    return key.sha256().equals(id)
        ? new AnnouncedKey(id, said.at(), Optional.of(key))
        : unusable(id, said);
  }

  /** Nobody is let in with what may be a key that was switched off. */
  static AnnouncedKey unusable(String id, Announcements.Said said) {
    return new AnnouncedKey(id, said.at(), Optional.empty());
  }
}
