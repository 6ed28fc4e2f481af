package ollama.gateway.demo;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.ollama.ErrorShape;
import org.jspecify.annotations.Nullable;

/** Finds what answers a request by its method and path. */
final class Router {

  private static final String TEXT = "text/plain";
  private static final FieldName ALLOW = FieldName.of("Allow");

  /** Answers a request. */
  @FunctionalInterface
  interface Action {
    /**
     * Answers wholly.
     *
     * @throws RefusedException before anything was sent, for an error as the answer
     */
    void answer(Call call) throws IOException, RefusedException;
  }

  private record Route(ErrorShape errors, Action action) {}

  private record Match(Map<String, Route> byMethod, String parameter) {}

  private final Map<String, Map<String, Route>> byPath = new HashMap<>();
  private final JsonReader reader = new JsonReader();

  /**
   * Adds a route; to be called before the first request.
   *
   * @param path of which the last segment may be {@code *}, for any that has no slash in it
   */
  void add(String method, String path, ErrorShape errors, Action action) {
    byPath.computeIfAbsent(path, p -> new TreeMap<>()).put(method, new Route(errors, action));
  }

  /** Adds a route for {@code GET} and {@code HEAD}. */
  void addRead(String path, ErrorShape errors, Action action) {
    add("GET", path, errors, action);
    add("HEAD", path, errors, action);
  }

  /** Answers a request, with an error if nothing else. */
  void answer(Exchange exchange) throws IOException {
    RequestHead request = exchange.request();
    Match match = match(request.path());
    Route route = match.byMethod.get(request.method());
    ErrorShape errors = route == null ? ErrorShape.NATIVE : route.errors;
    Call call = new Call(exchange, match.parameter, errors, reader);
    if (route != null) {
      try {
        route.action.answer(call);
      } catch (RefusedException e) {
        call.refuse(e);
      }
    } else if (match.byMethod.isEmpty()) {
      call.respond(404, TEXT, "404 page not found");
    } else {
      String allowed = String.join(", ", match.byMethod.keySet());
      call.respond(405, TEXT, "405 method not allowed", r -> r.field(ALLOW, allowed));
    }
  }

  private Match match(String rawPath) {
    String path = decode(rawPath);
    @Nullable Map<String, Route> exact = byPath.get(path);
    if (exact != null) {
      return new Match(exact, "");
    }
    int lastSegment = path.lastIndexOf('/') + 1;
    String parameter = path.substring(lastSegment);
    if (parameter.isEmpty()) {
      return new Match(Map.of(), "");
    }
    String pattern = path.substring(0, lastSegment) + "*";
    return new Match(byPath.getOrDefault(pattern, Map.of()), parameter);
  }

  /** Some clients write the colon of a model or digest as {@code %3A}. */
  private static String decode(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    try {
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return path;
    }
  }
}
