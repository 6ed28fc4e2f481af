package ollama.gateway.tracing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import ollama.gateway.ollama.Json;

/**
 * Spans as OTLP has them in JSON: ids in hexadecimal digits, whole numbers of 64 bits as texts,
 * constants by their numbers.
 */
public final class OtlpJson {

  /** That {@link #REMOTE} is said. */
  private static final int REMOTE_KNOWN = 0x100;

  /** That the parent is somebody else's. */
  private static final int REMOTE = 0x200;

  private static final int ERROR = 2;

  private final Json resource;
  private final Json scope;

  /**
   * Of a program.
   *
   * @param resource what is the same for all spans, such as {@code service.name}
   * @param name what has made the spans
   * @param version of that
   */
  public OtlpJson(Attributes resource, String name, String version) {
    this.resource = Json.object().put("attributes", attributes(resource));
    this.scope = Json.object().put("name", name).put("version", version);
  }

  /** The body of a request to a collector. */
  byte[] of(List<List<Span>> requests) {
    List<Json> spans = new ArrayList<>();
    for (List<Span> request : requests) {
      for (Span span : request) {
        spans.add(json(span));
      }
    }
    Json inScope = Json.object().put("scope", scope).put("spans", spans);
    Json ofResource = Json.object().put("resource", resource).put("scopeSpans", List.of(inScope));
    return Json.object()
        .put("resourceSpans", List.of(ofResource))
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Json json(Span span) {
    TraceContext context = span.context();
    Json json = Json.object().put("traceId", context.traceText()).put("spanId", context.spanText());
    if (span.parent().id() != 0) {
      json.put("parentSpanId", TraceContext.digits(span.parent().id()));
    }
    int flags = (context.sampled() ? 1 : 0) | REMOTE_KNOWN;
    json.put("flags", span.parent().isRemote() ? flags | REMOTE : flags)
        .put("name", text(span.name()))
        .put("kind", span.kind().code())
        .put("startTimeUnixNano", Long.toString(span.interval().start()))
        .put("endTimeUnixNano", Long.toString(span.interval().end()))
        .put("attributes", attributes(span.attributes()));
    span.error().ifPresent(why -> json.put("status", error(why)));
    return json;
  }

  private static Json error(String why) {
    Json status = Json.object();
    return (why.isEmpty() ? status : status.put("message", text(why))).put("code", ERROR);
  }

  private static List<Json> attributes(Attributes attributes) {
    List<Json> list = new ArrayList<>();
    attributes.forEach(
        (name, value) -> list.add(Json.object().put("key", name).put("value", value(value))));
    return list;
  }

  private static Json value(Object value) {
    Json json = Json.object();
    // No switch of patterns, which the JVM makes anew in each process: this runs at its start.
    if (value instanceof String text) {
      return json.put("stringValue", text(text));
    }
    if (value instanceof Long number) {
      return json.put("intValue", number.toString());
    }
    return value instanceof Boolean flag
        ? json.put("boolValue", flag)
        : json.putRaw("doubleValue", value.toString());
  }

  /** Cut, and without halves of characters, for which a collector would refuse all spans. */
  private static String text(String text) {
    String cut =
        text.length() <= Attributes.TEXT_CHARS_MAX
            ? text
            : text.substring(0, Attributes.TEXT_CHARS_MAX);
    boolean isPlain = cut.chars().noneMatch(c -> Character.isSurrogate((char) c));
    return isPlain ? cut : new String(cut.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }
}
