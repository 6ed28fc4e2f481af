package ollama.gateway.app;

import java.time.Instant;
import java.util.List;
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
   * The digest of the key that is meant.
   *
   * @param keys those in force
   * @throws KeyRefusedException when there is none of that name, or nobody could administer then
   */
  String idAmong(List<ApiKey> keys) throws KeyRefusedException {
    ApiKey meant =
        keys.stream()
            .filter(this::isMeant)
            .findFirst()
            .orElseThrow(() -> new KeyRefusedException("no key has this name"));
    checkThatSomebodyAdministers(keys);
    return meant.sha256();
  }

  private void checkThatSomebodyAdministers(List<ApiKey> keys) throws KeyRefusedException {
    if (!on && new KeyStanding(keys, this::isMeant, now).hasNoAdministrator()) {
      throw new KeyRefusedException(
          "nobody could administer the gateway any more; make another admin first");
    }
  }

  /** Makes it in the file. */
  void inFile(ApiKeyList keys) throws KeyRefusedException {
    List<ApiKeyList.Entry> meant =
        keys.entries().stream().filter(entry -> isMeant(entry.key())).toList();
    if (meant.isEmpty()) {
      throw new KeyRefusedException(
          "the settings file has no key of this name any more: reload the settings");
    }
    // Somebody may have changed the file, of which nothing is in force yet.
    checkThatSomebodyAdministers(keys.entries().stream().map(ApiKeyList.Entry::key).toList());
    apply(keys, meant);
  }

  /**
   * Makes it in the file of one of several gateways, which need have neither the key, nor anybody
   * who administers, nor this name for it.
   *
   * @param id the key's digest
   */
  void inFileOfOne(ApiKeyList keys, String id) {
    apply(keys, keys.entries().stream().filter(entry -> entry.key().sha256().equals(id)).toList());
  }

  private void apply(ApiKeyList keys, List<ApiKeyList.Entry> meant) {
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
