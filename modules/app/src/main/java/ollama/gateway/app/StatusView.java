package ollama.gateway.app;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a gateway says of itself at {@code /gateway/status}, in words and columns. */
final class StatusView {

  private static final List<String> SERVERS =
      List.of("SERVER", "STATE", "IN FLIGHT", "SLOTS", "LOADED");

  private static final List<String> WAITING = List.of("WAITS", "MODEL", "KEY", "CLASS");

  private static final List<String> IN_FLIGHT =
      List.of("RUNS FOR", "MODEL", "KEY", "SERVER", "PIECES", "ROUTE", "CLIENT");

  /** Requests in flight: a screen has other lines too. */
  private static final int IN_FLIGHT_SHOWN_MAX = 10;

  private static final int ERROR_SHOWN_MAX = 100;

  private final JsonTree status;

  StatusView(JsonTree status) {
    this.status = status;
  }

  /** Whether it is what a gateway answers. */
  boolean isStatus() {
    return status.get("servers").isThere() && status.get("tokens").isThere();
  }

  /** Whether every server gets requests. */
  boolean isWell() {
    return status.get("servers").items().stream().allMatch(StatusView::isUp);
  }

  /** Of one that answers and gets no requests because somebody wants it so, an error is over. */
  private static boolean isTroubled(JsonTree server) {
    boolean isAsWanted =
        server.get("state").text().equals("draining") && server.get("up").text().equals("true");
    return !isUp(server) && !isAsWanted;
  }

  private static boolean isUp(JsonTree server) {
    return server.get("state").text().equals("up");
  }

  /**
   * The screen.
   *
   * @param title its first words
   * @param before an earlier one, to tell how much was done since
   * @param seconds how long ago that was
   */
  String text(String title, Optional<StatusView> before, double seconds) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    out.println(title + ": " + summary());
    before.ifPresent(earlier -> out.println(rates(earlier, seconds)));
    out.println();
    TextTable.print(servers(), out);
    for (JsonTree server : status.get("servers").items()) {
      String error = server.get("lastError").text();
      if (isTroubled(server) && !error.isEmpty()) {
        out.println("  " + server.get("name").text() + ": " + Clean.cut(error, ERROR_SHOWN_MAX));
      }
    }
    List<JsonTree> waiting = status.get("longestWaiting").items();
    if (!waiting.isEmpty()) {
      out.println();
      TextTable.print(waiting(waiting), out);
    }
    printInFlight(status.get("longestInFlight").items(), out);
    return Clean.lines(bytes.toString(StandardCharsets.UTF_8));
  }

  private void printInFlight(List<JsonTree> longest, PrintStream out) {
    if (longest.isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>(List.of(IN_FLIGHT));
    longest.stream().limit(IN_FLIGHT_SHOWN_MAX).map(StatusView::inFlight).forEach(rows::add);
    out.println();
    TextTable.print(rows, out);
    int untold = Math.max(0, longest.size() - IN_FLIGHT_SHOWN_MAX);
    long more = untold + (long) status.get("moreInFlight").number();
    if (more > 0) {
      out.println("and " + more + " more");
    }
  }

  private static List<String> inFlight(JsonTree request) {
    boolean waits = request.get("waits").text().equals("true");
    JsonTree pieces = request.get("pieces");
    return List.of(
        seconds(request.get("ageMillis")),
        orDash(request.get("model").text()),
        orDash(request.get("key").text()),
        waits ? "(in the line)" : orDash(request.get("server").text()),
        pieces.isThere() ? whole(pieces.number()) : "-",
        request.get("route").text(),
        request.get("client").text());
  }

  private String summary() {
    List<JsonTree> servers = status.get("servers").items();
    long up = servers.stream().filter(StatusView::isUp).count();
    int waiting = 0;
    for (String priority : List.of("interactive", "normal", "batch")) {
      waiting += (int) status.get("waiting").get(priority).number();
    }
    return up
        + " of "
        + servers.size()
        + " servers up, "
        + whole(status.get("inFlight").number())
        + " requests, "
        + waiting
        + " waiting"
        + shared();
  }

  private String shared() {
    JsonTree shared = status.get("shared");
    if (!shared.isThere()) {
      return "";
    }
    if (!shared.get("up").text().equals("true")) {
      return ", WITHOUT the store that gateways share";
    }
    return String.format(Locale.ROOT, ", one of %.0f gateways", shared.get("replicas").number());
  }

  private String rates(StatusView before, double seconds) {
    return String.format(
        Locale.ROOT,
        "%.1f requests/s, %.1f failed/s; of answers that ended %.0f tokens/s written, %.0f read",
        since(before, seconds, "requests"),
        since(before, seconds, "failed"),
        (tokens("output") - before.tokens("output")) / seconds,
        (tokens("input") - before.tokens("input")) / seconds);
  }

  private double tokens(String type) {
    return status.get("tokens").get(type).number();
  }

  private double since(StatusView before, double seconds, String name) {
    // The one that asks isn't meant.
    double own = name.equals("requests") ? 1 : 0;
    double count = status.get(name).number() - before.status.get(name).number() - own;
    return Math.max(0, count) / seconds;
  }

  private List<List<String>> servers() {
    List<List<String>> rows = new ArrayList<>(List.of(SERVERS));
    for (JsonTree server : status.get("servers").items()) {
      int slots = 0;
      Set<String> loaded = new TreeSet<>();
      server.get("loaded").items().forEach(model -> loaded.add(model.get("name").text()));
      for (JsonTree model : server.get("learned").items()) {
        // Of what it has to do with, the line knows sooner.
        String name = model.get("model").text();
        boolean isLoaded = model.get("loaded").text().equals("true");
        boolean _ = isLoaded ? loaded.add(name) : loaded.remove(name);
        slots += isLoaded ? (int) model.get("slots").number() : 0;
      }
      rows.add(
          List.of(
              server.get("name").text(),
              server.get("state").text(),
              whole(server.get("inFlight").number()),
              slots == 0 ? "-" : "" + slots,
              loaded.isEmpty() ? "-" : String.join(", ", loaded)));
    }
    return rows;
  }

  private static List<List<String>> waiting(List<JsonTree> places) {
    List<List<String>> rows = new ArrayList<>(List.of(WAITING));
    for (JsonTree place : places) {
      rows.add(
          List.of(
              seconds(place.get("waitedMillis")),
              place.get("model").text(),
              place.get("key").text(),
              place.get("priority").text()));
    }
    return rows;
  }

  private static String seconds(JsonTree millis) {
    return String.format(Locale.ROOT, "%.1f s", millis.number() / 1e3);
  }

  private static String orDash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String whole(double number) {
    return "" + (long) number;
  }
}
