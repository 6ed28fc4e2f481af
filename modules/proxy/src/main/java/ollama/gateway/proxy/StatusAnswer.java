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
import ollama.gateway.ollama.MediaType;
import ollama.gateway.shared.SharedLimits;

/** What administrators are told at a glance: how much goes on, who waits, how the servers are. */
final class StatusAnswer {

  /** Those who wait for longest; all are in the line's own answer. */
  private static final int WAITING_TOLD_MAX = 10;

  private StatusAnswer() {}

  /**
   * Answers whoever asks once.
   *
   * @param viewers how many pages are open
   */
  static void give(Call call, GatewayMetrics metrics, int viewers) throws PeerLeftException {
    // The one that asks isn't meant either.
    Json answer = Json.object().put("time", Instant.now().toString());
    put(answer, call.settings(), metrics, viewers + 1);
    InFlightAnswer.put(answer, call.exchange(), true);
    answer.put("servers", ServersAnswer.objects(call.settings(), true));
    Answers.ok(call, MediaType.JSON, answer.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** What open pages are told, without the time: where nothing has changed it is the same again. */
  static String ofPage(Settings settings, GatewayMetrics metrics, Console console) {
    Json told =
        Json.object()
            .put("version", console.version())
            .put("startedAt", console.startedAt().toString());
    put(told, settings, metrics, console.viewers().get());
    return told.put("servers", ServersAnswer.objects(settings, false)).toString();
  }

  /** Puts what goes on, but for so many requests of the gateway's own making. */
  private static void put(Json answer, Settings settings, GatewayMetrics metrics, int apart) {
    Totals totals = metrics.totals();
    List<Place> places = settings.balancer().line().places(System.nanoTime());
    Json waiting = Json.object();
    Place.byPriority(places).forEach(waiting::put);
    List<Json> longest =
        places.stream()
            .sorted(Comparator.comparingLong(Place::waitedMillis).reversed())
            .limit(WAITING_TOLD_MAX)
            .map(QueueAnswer::object)
            .toList();
    Json _ =
        answer
            .put("inFlight", Math.max(0, totals.inFlight() - apart))
            .put("requests", totals.requests())
            .put("failed", totals.failed())
            .put(
                "tokens",
                Json.object()
                    .put("input", totals.inputTokens())
                    .put("cached", totals.cachedTokens())
                    .put("output", totals.outputTokens()))
            .put("waiting", waiting)
            .put("longestWaiting", longest);
    settings.shared().map(SharedLimits::condition).ifPresent(shared -> put(answer, shared));
  }

  private static void put(Json answer, SharedLimits.Condition shared) {
    Json _ =
        answer.put(
            "shared", Json.object().put("up", shared.up()).put("replicas", shared.replicas()));
  }
}
