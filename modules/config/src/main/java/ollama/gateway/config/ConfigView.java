package ollama.gateway.config;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import ollama.gateway.ollama.ModelPattern;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.RouteGroup;

/**
 * Settings as JSON that others may see: in the shape of the file, with what holds where that says
 * nothing, but of a key's digest only the beginning, and of headers that are sent only the names.
 */
public final class ConfigView {
  /** Stands for what isn't told. */
  static final String MASK = "***";

  /** What stands in the file without a list where it is one. */
  private static final Set<String> ONE_OR_MORE =
      Set.of("gatewayAddress", "certificate", "privateKey");

  /** So much of a digest tells keys apart, and lets nobody find the key by trying. */
  static final int SHOWN_DIGITS = 12;

  private ConfigView() {}

  /**
   * All settings. It takes its time, since it looks at the records themselves, so that none is
   * forgotten: nothing for an event loop.
   *
   * @param config the settings
   * @return an object, in one line
   */
  public static String json(GatewayConfig config) {
    return value(config);
  }

  private static String value(Object value) {
    return switch (value) {
      case Boolean flag -> flag.toString();
      case Number number -> number.toString();
      case String text -> quote(text);
      case OptionsPolicy policy -> policy.json();
      case RouteGroup group -> quote(group.label());
      case ModelPattern pattern -> quote(pattern.toString());
      case OriginPattern origin -> quote(origin.toString());
      case AddressRange range -> quote(range.toString());
      case UpstreamAddress address -> quote(address.text());
      case ListenAddress address -> quote(address.toString());
      case List<?> list -> array(list);
      case Map<?, ?> map -> object(map);
      case Record members -> object(members);
      default -> throw new IllegalStateException("no setting is a " + value.getClass());
    };
  }

  private static String array(List<?> list) {
    StringJoiner items = new StringJoiner(",", "[", "]");
    list.forEach(item -> items.add(value(item)));
    return items.toString();
  }

  private static String object(Map<?, ?> map) {
    StringJoiner members = new StringJoiner(",", "{", "}");
    map.forEach((name, value) -> members.add(quote(name.toString()) + ":" + value(value)));
    return members.toString();
  }

  /** The components are the settings, also by their names. */
  private static String object(Record holder) {
    StringJoiner members = new StringJoiner(",", "{", "}");
    for (RecordComponent component : holder.getClass().getRecordComponents()) {
      members.add(quote(component.getName()) + ":" + value(shown(holder, component)));
    }
    return members.toString();
  }

  private static Object shown(Record holder, RecordComponent component) {
    if (holder instanceof ApiKey key && component.getName().equals("sha256")) {
      return key.sha256().substring(0, SHOWN_DIGITS);
    }
    if (holder instanceof SharedConfig shared && component.getName().equals("password")) {
      return shared.password().isEmpty() ? "" : MASK;
    }
    if (component.getName().equals("headers")) {
      if (holder instanceof OllamaServer server) {
        return masked(server.headers());
      }
      if (holder instanceof TracingConfig tracing) {
        return masked(tracing.headers());
      }
    }
    try {
      Object shown = component.getAccessor().invoke(holder);
      boolean alone = shown instanceof List<?> list && list.size() == 1;
      return alone && ONE_OR_MORE.contains(component.getName())
          ? ((List<?>) shown).getFirst()
          : shown;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record of this package can't be read", e);
    }
  }

  private static Map<String, String> masked(Map<String, String> headers) {
    Map<String, String> masked = new LinkedHashMap<>();
    headers.keySet().forEach(name -> masked.put(name, MASK));
    return masked;
  }

  private static String quote(String text) {
    return ollama.gateway.ollama.Json.quote(text);
  }
}
