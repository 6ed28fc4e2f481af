package ollama.gateway.app;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ApiKeyList;

/**
 * A key that is to be let in again, or no more, while the gateway runs.
 *
 * @param name of its entry
 * @param on whether it is let in
 * @param now when that is
 */
record KeySwitch(String name, boolean on, Instant now) {

  /**
   * The keys in force with that change.
   *
   * @throws KeyRefusedException when there is none of that name, or others could do more by that
   */
  List<ApiKey> inForce(List<ApiKey> keys) throws KeyRefusedException {
    if (keys.stream().noneMatch(this::isMeant)) {
      throw new KeyRefusedException("no key has this name");
    }
    List<ApiKey> changed =
        keys.stream().map(key -> isMeant(key) ? key.withDisabled(!on) : key).toList();
    if (!on) {
      KeyStanding before = new KeyStanding(keys, _ -> false, now);
      KeyStanding after = new KeyStanding(changed, _ -> false, now);
      Optional<String> danger = after.danger(before);
      if (danger.isPresent()) {
        throw new KeyRefusedException(danger.get() + "; make another admin first");
      }
      if (after.hasNoAdministrator()) {
        throw new KeyRefusedException(
            "nobody could administer the gateway any more; make another admin first");
      }
    }
    return changed;
  }

  /** Makes it in the file. */
  void inFile(ApiKeyList keys) throws KeyRefusedException {
    List<ApiKeyList.Entry> meant =
        keys.entries().stream().filter(entry -> isMeant(entry.key())).toList();
    if (meant.isEmpty()) {
      throw new KeyRefusedException(
          "the settings file has no key of this name any more: reload the settings");
    }
    for (ApiKeyList.Entry entry : meant) {
      if (on && entry.key().disabled()) {
        keys.enable(entry);
      } else if (!on && !entry.key().disabled()) {
        keys.disable(entry);
      }
    }
  }

  private boolean isMeant(ApiKey key) {
    return key.name().equals(name);
  }
}
