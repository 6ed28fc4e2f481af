package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import ollama.gateway.balancer.dispatch.Place;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.metrics.Totals;
import ollama.gateway.ollama.Json;

/** What administrators are told at a glance: how much goes on, who waits, how the servers are. */
final class StatusAnswer {

  private static final String JSON = "application/json; charset=utf-8";

  /** Those who wait for longest; all are in the line's own answer. */
  private static final int WAITING_TOLD_MAX = 10;

  private StatusAnswer() {}

  static void give(Call call, GatewayMetrics metrics) throws PeerLeftException {
    Totals totals = metrics.totals();
    List<Place> places = call.settings().balancer().line().places(System.nanoTime());
    Json waiting = Json.object();
    Place.byPriority(places).forEach(waiting::put);
    List<Json> longest =
        places.stream()
            .sorted(Comparator.comparingLong(Place::waitedMillis).reversed())
            .limit(WAITING_TOLD_MAX)
            .map(QueueAnswer::object)
            .toList();
    Json answer =
        Json.object()
            .put("time", Instant.now().toString())
            // But for the one that asks.
            .put("inFlight", totals.inFlight() - 1)
            .put("requests", totals.requests())
            .put("failed", totals.failed())
            .put(
                "tokens",
                Json.object()
                    .put("input", totals.inputTokens())
                    .put("cached", totals.cachedTokens())
                    .put("output", totals.outputTokens()))
            .put("waiting", waiting)
            .put("longestWaiting", longest)
            .put("servers", ServersAnswer.objects(call));
    Answers.ok(call, JSON, answer.toString().getBytes(StandardCharsets.UTF_8));
  }
}
