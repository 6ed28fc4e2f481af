package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;

/** Spans as a collector gets them. */
final class ToldSpans {

  private ToldSpans() {}

  /** Those of one post, in their order. */
  static List<JsonTree> of(String body) throws IOException {
    JsonTree resource = JsonTree.of(body).get("resourceSpans").items().getFirst();
    assertEquals("ollama-gateway", attribute(resource.get("resource"), "service.name"));
    return resource.get("scopeSpans").items().getFirst().get("spans").items();
  }

  static List<String> names(List<JsonTree> spans) {
    return spans.stream().map(span -> span.get("name").text()).toList();
  }

  static String id(JsonTree span) {
    return span.get("spanId").text();
  }

  static long start(JsonTree span) {
    return Long.parseLong(span.get("startTimeUnixNano").text());
  }

  static long end(JsonTree span) {
    return Long.parseLong(span.get("endTimeUnixNano").text());
  }

  private static JsonTree value(JsonTree of, String name) {
    return of.get("attributes").items().stream()
        .filter(attribute -> attribute.get("key").text().equals(name))
        .findFirst()
        .map(attribute -> attribute.get("value"))
        .orElseThrow(() -> new AssertionError("no " + name));
  }

  /** A text, or a whole number as it is written. */
  static String attribute(JsonTree of, String name) {
    JsonTree value = value(of, name);
    return value.get("stringValue").text() + value.get("intValue").text();
  }

  static double number(JsonTree of, String name) {
    return value(of, name).get("doubleValue").number();
  }
}
