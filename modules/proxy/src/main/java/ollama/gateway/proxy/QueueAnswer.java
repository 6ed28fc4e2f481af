package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Collectors;
import ollama.gateway.balancer.dispatch.Place;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.MediaType;

/** What administrators are told of the line. */
final class QueueAnswer {

  private QueueAnswer() {}

  /** Everybody who waits, by class and arrival. */
  static void list(Call call) throws PeerLeftException {
    String places =
        call.settings().balancer().line().places(System.nanoTime()).stream()
            .map(place -> object(place).toString())
            .collect(Collectors.joining(",", "[", "]"));
    Answers.ok(call, MediaType.JSON, places.getBytes(StandardCharsets.UTF_8));
  }

  /** One who waits. */
  static Json object(Place place) {
    return Json.object()
        .put("place", place.number())
        .put("model", place.work().model())
        .put("key", place.work().key())
        .put("priority", place.work().priority().name().toLowerCase(Locale.ROOT))
        .put("waitedMillis", place.waitedMillis())
        .put("expectedMillis", place.expectedMillis());
  }
}
