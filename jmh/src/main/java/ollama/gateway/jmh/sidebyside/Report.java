package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import ollama.gateway.jmh.BarChart;

/** Medians and spreads of all runs, as JSON, as a table and as bar charts. */
final class Report {

  private final List<Result> results;
  private final Optional<Alone> alone;
  private final Verdict verdict;

  /**
   * A report.
   *
   * @param withTls whether the clients spoke TLS
   */
  Report(List<Result> results, Optional<Alone> alone, boolean withTls) {
    this.results = results;
    this.alone = alone;
    this.verdict = new Verdict(results, alone, withTls);
  }

  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve("side-by-side.json"), json());
    String table = table();
    Files.writeString(folder.resolve("side-by-side.md"), table);
    System.out.println();
    System.out.print(table);
    for (Scenario scenario : scenarios()) {
      chart(
          folder.resolve("memory-" + scenario.key() + ".svg"),
          "MiB resident: " + scenario.name(),
          scenario,
          Result::residentMebibytes);
      if (scenario.kind() != Scenario.Kind.IDLE) {
        chart(
            folder.resolve("cpu-" + scenario.key() + ".svg"),
            "µs CPU per " + scenario.unit() + ": " + scenario.name(),
            scenario,
            Result::cpuMicros);
      }
      if (scenario.kind() != Scenario.Kind.IDLE && !scenario.large()) {
        chart(
            folder.resolve("latency-" + scenario.key() + ".svg"),
            "µs latency, p99: " + scenario.name(),
            scenario,
            Result::p99Micros);
      }
    }
  }

  private List<Scenario> scenarios() {
    return results.stream().map(Result::scenario).distinct().toList();
  }

  private Map<String, List<Result>> byPeer(Scenario scenario) {
    return results.stream()
        .filter(result -> result.scenario().equals(scenario))
        .collect(Collectors.groupingBy(Result::peer, LinkedHashMap::new, Collectors.toList()));
  }

  private String table() {
    StringBuilder out = new StringBuilder();
    for (Scenario scenario : scenarios()) {
      out.append("\n").append(scenario.name()).append(", medians (least–most)\n\n");
      out.append("| | per second | µs CPU per ")
          .append(scenario.unit())
          .append(
              " | waits | p50 µs | p99 µs | p99.9 µs | MiB | errors |\n"
                  + "|---|---|---|---|---|---|---|---|---|\n");
      byPeer(scenario).forEach((peer, runs) -> row(out, peer, runs));
    }
    alone.ifPresent(gateways -> startRows(out, gateways));
    if (results.stream().anyMatch(result -> Pumps.isPump(result.peer()))) {
      out.append(
          "\nThe rows `c-…` are the floor: programs in C that copy bytes and look at none.\n");
    }
    out.append("\nWhat the gateway is to reach, medians\n\n")
        .append("| | measured | bound | reached |\n|---|---|---|---|\n");
    verdict.lines().forEach(line -> out.append(line.row()).append('\n'));
    return out.toString();
  }

  private static void startRows(StringBuilder out, Alone alone) {
    out.append("\nGateways that were just started, one after the other\n\n")
        .append("| MiB started | µs CPU per token, first 10 s | later | MiB with 200 streams |\n")
        .append("|---|---|---|---|\n");
    for (Alone.Start start : alone.starts()) {
      out.append(
          String.format(
              Locale.ROOT,
              "| %.1f | %.1f | %.1f | %.1f |%n",
              start.startedMebibytes(),
              start.firstMicros(),
              start.steadyMicros(),
              start.streamsMebibytes()));
    }
  }

  private static void row(StringBuilder out, String peer, List<Result> runs) {
    List<ToDoubleFunction<Result>> quantities =
        List.of(
            Result::perSecond,
            Result::cpuMicros,
            Result::waits,
            Result::p50Micros,
            Result::p99Micros,
            Result::p999Micros,
            Result::residentMebibytes);
    out.append("| ").append(peer);
    for (ToDoubleFunction<Result> quantity : quantities) {
      out.append(" | ").append(Spread.of(runs.stream().mapToDouble(quantity)).text());
    }
    int errors = runs.stream().mapToInt(Result::errors).sum();
    out.append(" | ").append(errors).append(" |\n");
  }

  private String json() {
    List<String> lines = new ArrayList<>();
    for (Result result : results) {
      lines.add(
          String.format(
              Locale.ROOT,
              "    {\"peer\":\"%s\",\"scenario\":\"%s\",\"errors\":%d,\"perSecond\":%.1f,"
                  + "\"cpuMicros\":%.2f,\"waits\":%.3f,\"p50Micros\":%s,\"p99Micros\":%s,\"p999Micros\":%s,"
                  + "\"residentMebibytes\":%.1f}",
              result.peer(),
              result.scenario().key(),
              result.errors(),
              result.perSecond(),
              result.cpuMicros(),
              result.waits(),
              number(result.p50Micros()),
              number(result.p99Micros()),
              number(result.p999Micros()),
              result.residentMebibytes()));
    }
    List<String> reached = verdict.lines().stream().map(Verdict.Line::json).toList();
    return "{\n  \"runs\": [\n"
        + String.join(",\n", lines)
        + "\n  ],\n  \"targets\": [\n"
        + String.join(",\n", reached)
        + "\n  ]\n}\n";
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.1f", value);
  }

  private void chart(Path file, String title, Scenario scenario, ToDoubleFunction<Result> quantity)
      throws IOException {
    Map<String, Double> bars = new LinkedHashMap<>();
    byPeer(scenario)
        .forEach(
            (peer, runs) -> {
              if (!peer.equals("direct")) {
                bars.put(peer, Spread.of(runs.stream().mapToDouble(quantity)).median());
              }
            });
    Files.writeString(file, BarChart.svg(title, bars, peer -> peer.startsWith("gateway"), 150));
  }
}
