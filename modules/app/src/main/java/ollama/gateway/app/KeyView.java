package ollama.gateway.app;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ApiKeyList;
import ollama.gateway.config.KeyRateLimitConfig;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.RouteGroup;

/** What people and programs are told of a key. */
final class KeyView {

  private final ApiKeyList.Entry entry;
  private final ApiKey key;
  private final Principal principal;
  private final boolean expired;

  /**
   * Looks at a key.
   *
   * @param now when it is used
   */
  KeyView(ApiKeyList.Entry entry, Instant now) {
    this.entry = entry;
    key = entry.key();
    principal = new Principal(key);
    expired = principal.isExpired(now);
  }

  ApiKey key() {
    return key;
  }

  /** Whether it is let in. */
  String state() {
    if (key.disabled()) {
      return "disabled";
    }
    return expired ? "expired" : "active";
  }

  /** What it may not do, in short; a dash where that is nothing. */
  String limits() {
    List<String> limits = new ArrayList<>();
    if (!key.models().isEmpty()) {
      limits.add("models " + texts(key.models(), ","));
    }
    if (!principal.mayUseAll()) {
      limits.add(String.join("+", endpoints()));
    }
    if (!key.priority().equals(ApiKey.NORMAL)) {
      limits.add(key.priority());
    }
    if (key.maxConcurrentRequests() > 0) {
      limits.add(key.maxConcurrentRequests() + " at once");
    }
    if (!key.rateLimit().isNone()) {
      limits.add(rateLimit());
    }
    if (!key.tokens().isNone()) {
      limits.add("tokens " + tokens());
    }
    if (!key.options().isNone()) {
      limits.add("options " + options());
    }
    if (!key.allowIps().isEmpty()) {
      limits.add("from " + texts(key.allowIps(), ","));
    }
    return limits.isEmpty() ? "-" : String.join("; ", limits);
  }

  /** All settings, a line each, with what holds where the file says nothing. */
  String text() {
    Map<String, String> lines = new LinkedHashMap<>();
    lines.put("name", key.name());
    if (!key.isOfCertificateAlone()) {
      lines.put("sha256", key.sha256());
    }
    if (!key.certificate().isEmpty()) {
      lines.put("certificate", key.certificate());
    }
    lines.put("state", state());
    lines.put("admin", key.admin() ? "true" : "false");
    lines.put("disabled", key.disabled() ? "true" : "false");
    lines.put("expires", key.expires().isEmpty() ? "never" : key.expires());
    lines.put("models", key.models().isEmpty() ? "all" : texts(key.models(), ", "));
    lines.put(
        "endpoints",
        String.join(", ", endpoints()) + (key.endpoints().isEmpty() ? " (by default)" : ""));
    lines.put("priority", key.priority());
    int atOnce = key.maxConcurrentRequests();
    lines.put("maxConcurrentRequests", atOnce == 0 ? "no limit" : "" + atOnce);
    lines.put("rateLimit", key.rateLimit().isNone() ? "as the general one" : rateLimit());
    lines.put("tokens", key.tokens().isNone() ? "no limit" : tokens());
    lines.put("options", key.options().isNone() ? "no limit" : key.options().json());
    lines.put("allowIps", key.allowIps().isEmpty() ? "all" : texts(key.allowIps(), ", "));
    lines.put("in the file", inTheFile());
    StringBuilder text = new StringBuilder();
    lines.forEach(
        (name, value) ->
            text.append(name).repeat(' ', 24 - name.length()).append(value).append('\n'));
    return text.toString();
  }

  private String inTheFile() {
    if (key.isOfCertificateAlone()) {
      return "the name of its certificate";
    }
    return entry.isPlain() ? "the key itself" : "its digest";
  }

  /** The same for programs, as an object in one line. */
  String json() {
    Json object =
        Json.object()
            .put("name", key.name())
            .put("digest", KeyLookup.shownDigest(key))
            .put("admin", key.admin())
            .put("state", state());
    if (key.expires().isEmpty()) {
      object.putNull("expires");
    } else {
      object.put("expires", key.expires());
    }
    return object
        .putRaw("models", array(key.models().stream().map(Object::toString).toList()))
        .putRaw("endpoints", array(endpoints()))
        .put("priority", key.priority())
        .put("maxConcurrentRequests", key.maxConcurrentRequests())
        .put("rateLimit", rateLimitJson())
        .put("tokens", tokensJson())
        .putRaw("options", key.options().json())
        .putRaw("allowIps", array(key.allowIps().stream().map(Object::toString).toList()))
        .put("plain", entry.isPlain())
        .put("certificate", key.certificate())
        .toString();
  }

  private String rateLimit() {
    KeyRateLimitConfig limit = key.rateLimit();
    return limit.maxRequests() + " requests/" + limit.timeWindowSeconds() + "s";
  }

  private Json rateLimitJson() {
    return Json.object()
        .put("maxRequests", key.rateLimit().maxRequests())
        .put("timeWindowSeconds", key.rateLimit().timeWindowSeconds());
  }

  private String tokens() {
    List<String> windows = new ArrayList<>();
    addTokens(windows, key.tokens().perMinute(), "/minute");
    addTokens(windows, key.tokens().perDay(), "/day");
    addTokens(windows, key.tokens().perMonth(), "/month");
    return String.join(", ", windows);
  }

  private static void addTokens(List<String> windows, long count, String window) {
    if (count > 0) {
      windows.add(Quantities.inShort(count) + window);
    }
  }

  private Json tokensJson() {
    return Json.object()
        .put("perMinute", key.tokens().perMinute())
        .put("perDay", key.tokens().perDay())
        .put("perMonth", key.tokens().perMonth());
  }

  /** Which ones there is a rule about. */
  private String options() {
    List<String> names = new ArrayList<>();
    key.options().rules().forEach(rule -> names.add(rule.option().label()));
    if (!key.options().mayReload()) {
      names.add("reload");
    }
    return String.join(",", names);
  }

  private List<String> endpoints() {
    List<String> labels = new ArrayList<>();
    for (RouteGroup group : RouteGroup.values()) {
      if (principal.mayUse(group)) {
        labels.add(group.label());
      }
    }
    return labels;
  }

  private static String texts(List<?> items, String separator) {
    return items.stream().map(Object::toString).collect(Collectors.joining(separator));
  }

  private static String array(List<String> texts) {
    return texts.stream().map(Json::quote).collect(Collectors.joining(",", "[", "]"));
  }
}
