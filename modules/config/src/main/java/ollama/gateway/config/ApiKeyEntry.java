package ollama.gateway.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.ollama.RouteGroup;

/** An entry of {@code apiKeys} as text by itself, for whoever keeps it elsewhere than in a file. */
public final class ApiKeyEntry {
  private static final String SOURCE = "an entry of a key";

  private ApiKeyEntry() {}

  /**
   * The entry as it may stand in a file, with the digest and never the key.
   *
   * @param key what it says
   * @return an object of JSON in one line, in which no variable stands
   */
  public static String text(ApiKey key) {
    ApiKeyText entry = ApiKeyText.of(key.name(), key.sha256());
    if (!key.certificate().isEmpty()) {
      entry.put("certificate", key.certificate());
    }
    if (key.admin()) {
      entry.put("admin", true);
    }
    if (key.disabled()) {
      entry.put("disabled", true);
    }
    if (!key.expires().isEmpty()) {
      entry.put("expires", key.expires());
    }
    put(entry, "models", key.models());
    put(entry, "endpoints", key.endpoints().stream().map(RouteGroup::label).toList());
    if (!key.priority().equals(ApiKey.NORMAL)) {
      entry.put("priority", key.priority());
    }
    if (key.maxConcurrentRequests() > 0) {
      entry.put("maxConcurrentRequests", key.maxConcurrentRequests());
    }
    putLimits(entry, key);
    if (!key.options().isNone()) {
      entry.raw(Section.KEY_OPTIONS.path(), key.options().json());
    }
    put(entry, "allowIps", key.allowIps());
    return entry.toString();
  }

  private static void put(ApiKeyText entry, String name, List<?> values) {
    if (!values.isEmpty()) {
      entry.put(name, values.stream().map(Object::toString).toList());
    }
  }

  private static void putLimits(ApiKeyText entry, ApiKey key) {
    KeyRateLimitConfig rate = key.rateLimit();
    if (!rate.equals(KeyRateLimitConfig.NONE)) {
      entry.put(
          Section.KEY_RATE_LIMIT.path(),
          ApiKeyText.empty()
              .put("maxRequests", rate.maxRequests())
              .put("timeWindowSeconds", rate.timeWindowSeconds()));
    }
    KeyTokensConfig tokens = key.tokens();
    if (!tokens.isNone()) {
      entry.put(
          Section.KEY_TOKENS.path(),
          ApiKeyText.empty()
              .put("perMinute", tokens.perMinute())
              .put("perDay", tokens.perDay())
              .put("perMonth", tokens.perMonth()));
    }
  }

  /**
   * Reads what {@link #text} has made, or a gateway of another version.
   *
   * @param text an object of JSON
   * @return the key
   * @throws ConfigException if it isn't such an entry, or has what isn't known here
   */
  public static ApiKey read(String text) throws ConfigException {
    HeapRoom room = new HeapRoom();
    Problems problems = new Problems(SOURCE, text);
    Values values = new Values(problems, new Environment(Map.of()), room);
    try {
      Json entry = JsonParsing.parse(SOURCE, text, room);
      Optional<ApiKey> key = new ApiKeyReader(values).readAlone(entry);
      problems.throwIfAny();
      return key.orElseThrow();
    } catch (HeapRoom.FullException e) {
      throw ConfigException.ofFile(SOURCE, e.getMessage());
    }
  }
}
