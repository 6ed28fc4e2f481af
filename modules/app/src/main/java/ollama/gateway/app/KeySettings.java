package ollama.gateway.app;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.config.ApiKeyText;
import ollama.gateway.ollama.RouteGroup;

/**
 * What a new key is given. What is empty isn't written, so that the default holds; but for {@code
 * endpoints}, since a start warns of keys of which nobody may have thought what they may. Only the
 * reader of the settings knows what each may be.
 *
 * @param admin whether it may administer
 * @param texts settings that are texts, by their names; {@code expires} may be a duration
 * @param lists settings that are lists of texts
 * @param numbers settings that are numbers
 * @param objects settings that are objects of numbers
 */
record KeySettings(
    boolean admin,
    Map<String, String> texts,
    Map<String, List<String>> lists,
    Map<String, Long> numbers,
    Map<String, Map<String, Long>> objects) {

  static final String EXPIRES = "expires";
  static final String MODELS = "models";
  static final String ENDPOINTS = "endpoints";
  static final String PRIORITY = "priority";
  static final String CONCURRENT = "maxConcurrentRequests";
  static final String TOKENS = "tokens";
  static final String RATE_LIMIT = "rateLimit";
  static final String ALLOW_IPS = "allowIps";

  /** In the order of the manual. */
  private static final List<String> NAMES =
      List.of(EXPIRES, MODELS, ENDPOINTS, PRIORITY, CONCURRENT, TOKENS, RATE_LIMIT, ALLOW_IPS);

  private static final List<String> ENDPOINTS_BY_DEFAULT =
      List.of(RouteGroup.INFERENCE.label(), RouteGroup.READ.label());

  /** Nothing but whether it is an administrator's. */
  static KeySettings of(boolean admin) {
    return new KeySettings(admin, Map.of(), Map.of(), Map.of(), Map.of());
  }

  /**
   * The entry for the file.
   *
   * @param now from when on durations count
   */
  ApiKeyText entry(String name, String sha256, Instant now) {
    ApiKeyText entry = ApiKeyText.of(name, sha256);
    if (admin) {
      entry.put("admin", true);
    }
    for (String setting : NAMES) {
      put(entry, setting, now);
    }
    return entry;
  }

  private void put(ApiKeyText entry, String setting, Instant now) {
    if (texts.containsKey(setting)) {
      String text = texts.getOrDefault(setting, "");
      Optional<Duration> duration =
          setting.equals(EXPIRES) ? Quantities.duration(text) : Optional.empty();
      entry.put(setting, duration.map(d -> Quantities.after(now, d)).orElse(text));
    }
    if (lists.containsKey(setting)) {
      entry.put(setting, lists.getOrDefault(setting, List.of()));
    } else if (setting.equals(ENDPOINTS) && !admin) {
      entry.put(setting, ENDPOINTS_BY_DEFAULT);
    }
    if (numbers.containsKey(setting)) {
      entry.put(setting, numbers.getOrDefault(setting, 0L));
    }
    if (objects.containsKey(setting)) {
      ApiKeyText object = ApiKeyText.empty();
      objects.getOrDefault(setting, Map.of()).forEach(object::put);
      entry.put(setting, object);
    }
  }
}
