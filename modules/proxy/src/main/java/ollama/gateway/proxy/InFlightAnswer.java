package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.ollama.Json;

/** What administrators are told of the requests that servers are to answer and that aren't over. */
final class InFlightAnswer {

  /** Those that are in flight for longest. */
  static final int TOLD_MAX = 50;

  private InFlightAnswer() {}

  /**
   * Puts them.
   *
   * @param asking knows all others
   * @param withAge whether with how long that is, which is never the same twice
   */
  static void put(Json answer, Exchange asking, boolean withAge) {
    long now = System.nanoTime();
    Comparator<Call> byAge = Comparator.comparingLong(call -> call.inFlight().nanos(now));
    PriorityQueue<Call> longest = new PriorityQueue<>(TOLD_MAX + 1, byAge);
    int more = 0;
    for (Object shown : asking.shownByAll()) {
      if (shown instanceof Call call) {
        longest.add(call);
        if (longest.size() > TOLD_MAX) {
          longest.remove();
          more++;
        }
      }
    }
    List<Call> told = new ArrayList<>(longest);
    told.sort(byAge.reversed());
    Json _ =
        answer
            .put("longestInFlight", told.stream().map(call -> object(call, now, withAge)).toList())
            .put("moreInFlight", more);
  }

  private static Json object(Call call, long now, boolean withAge) {
    InFlight inFlight = call.inFlight();
    boolean waits = inFlight.waits();
    String served = call.servedModel();
    Json object =
        Json.object()
            .put("id", call.loggedId())
            .put("route", call.label())
            .put("model", served.isEmpty() ? call.meter().askedModel() : served)
            .put("key", call.identity().keyName())
            .put("client", call.identity().text())
            .put("server", waits ? "" : call.serverName())
            .put("waits", waits)
            .put("startedAt", inFlight.startedAt(now).toString())
            .put("streamed", call.isStreamed());
    int pieces = call.isStreamed() ? inFlight.pieces() : InFlight.NO_PIECES;
    Json _ = pieces == InFlight.NO_PIECES ? object.putNull("pieces") : object.put("pieces", pieces);
    return withAge
        ? object.put("ageMillis", TimeUnit.NANOSECONDS.toMillis(inFlight.nanos(now)))
        : object;
  }
}
